/** A Node.js that the second Kafka client runs on, and jest under it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { assertNode } from '../../shared/kafka/platformatic/library.js';
import { packageRoot } from '../../shared/avro/package-root.js';

const isNewEnough = (): boolean => {
  try {
    assertNode(process.versions.node);
    return true;
  } catch {
    return false;
  }
};

/** Path of a Node.js that is new enough; null, with a warning, where there is none. */
export const newerNode = (): string | null => {
  if (isNewEnough()) return process.execPath;
  const given = process.env['NODE_FOR_SECOND_CLIENT'] ?? '';
  if (given !== '') return given;
  process.stderr.write(
    'SKIPPED: the second Kafka client needs Node.js 22.22 or newer; set ' +
      'NODE_FOR_SECOND_CLIENT=$(npx -y -p node@24 which node) to test it\n',
  );
  return null;
};

/** Runs the tests of a pattern; resolves with the exit code and what was printed. */
export const runJestOn = (
  node: string,
  { pattern, env }: { readonly pattern: string; readonly env: Readonly<Record<string, string>> },
): Promise<{ readonly code: number | null; readonly output: string }> =>
  new Promise((resolve, reject) => {
    const jest = join(packageRoot(), 'node_modules', 'jest', 'bin', 'jest.js');
    const config = join(packageRoot(), 'test', 'jest.config.mjs');
    const flags = ['--experimental-vm-modules', '--no-warnings'];
    const child = spawn(
      node,
      [...flags, jest, '--config', config, '--runInBand', '--testPathPatterns', pattern],
      { cwd: packageRoot(), env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const texts: string[] = [];
    child.stdout.on('data', (data: Buffer) => texts.push(data.toString()));
    child.stderr.on('data', (data: Buffer) => texts.push(data.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, output: texts.join('') });
    });
  });
