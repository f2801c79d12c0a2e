/** Fetches the components of pom.xml through Maven, so that the user's mirrors and proxies are used. */
import { join } from 'node:path';
import { packageRoot } from '../../shared/avro/package-root.js';
import { LocalError, messageOf } from './local-error.js';
import { runTool, tryTool } from './run-tool.js';

const COPY_TIMEOUT_MS = 900_000;
const VERSION_TIMEOUT_MS = 30_000;

/** Tells whether Maven can be run. */
export const hasMaven = async (): Promise<boolean> =>
  (await tryTool({ command: 'mvn', args: ['-v'], timeoutMs: VERSION_TIMEOUT_MS })) !== null;

/** Copies all files of pom.xml into the folder, laid out as in a repository. */
export const copyWithMaven = async (folder: string): Promise<void> => {
  try {
    await runTool({
      command: 'mvn',
      args: [
        ...['-B', '-q', '-ntp', '-f', join(packageRoot(), 'deploy/local/components/pom.xml')],
        'dependency:copy-dependencies',
        `-DoutputDirectory=${folder}`,
        '-DincludeScope=runtime',
        '-Dmdep.useRepositoryLayout=true',
      ],
      what: 'fetching from Maven Central',
      timeoutMs: COPY_TIMEOUT_MS,
    });
  } catch (error) {
    throw new LocalError(
      `${messageOf(error)}\nIs the network there? Behind a proxy or with a mirror, set them in ` +
        '~/.m2/settings.xml; or give addresses of running components (README, "Own components")',
      { cause: error },
    );
  }
};
