/**
 * The Apicurio schema registry as a local process. Its embedded database lies in the folder, so that
 * schema ids stay the same over restarts, as records in topics refer to them.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { createComponent, type Component } from './component.js';
import { LocalError } from './local-error.js';
import type { ProcessKeeper } from './processes.js';

const READY_TIMEOUT_MS = 120_000;
const ASK_TIMEOUT_MS = 2_000;
const HEAP_MB = 384;
const CONNECTIONS = '4';

export type RegistryOptions = {
  readonly java: string;
  /** Folder with the unpacked registry. */
  readonly program: string;
  readonly folder: string;
  readonly port: number;
};

export type Registry = Component & {
  /** Address of its Confluent API, for KUNDENPULS_REGISTRY_URL. */
  readonly url: string;
};

/** Starts the registry with BACKWARD compatibility as the rule for all subjects. */
export const startRegistry = async (
  keeper: ProcessKeeper,
  { java, program, folder, port }: RegistryOptions,
): Promise<Registry> => {
  mkdirSync(folder, { recursive: true });
  const address = `127.0.0.1:${String(port)}`;
  const url = `http://${address}/apis/ccompat/v7`;
  const component = createComponent(keeper, {
    address,
    readyTimeoutMs: READY_TIMEOUT_MS,
    isReady: async () => (await ask(`${url}/subjects`)) === 200,
    onReady: () => demandBackward(url),
    spec: {
      name: 'schema registry',
      command: java,
      args: [
        `-Xmx${String(HEAP_MB)}m`,
        '-Dquarkus.http.host=127.0.0.1',
        `-Dquarkus.http.port=${String(port)}`,
        `-Dquarkus.datasource.jdbc.initial-size=${CONNECTIONS}`,
        `-Dquarkus.datasource.jdbc.min-size=${CONNECTIONS}`,
        '-jar',
        runnerOf(program),
      ],
      cwd: program,
      env: { REGISTRY_DATASOURCE_URL: `jdbc:h2:file:${join(folder, 'schemas')}` },
      logFile: join(folder, 'registry.log'),
    },
  });
  await component.start();
  return { ...component, url };
};

const runnerOf = (program: string): string => {
  const runner = readdirSync(program).find((file) => file.endsWith('-runner.jar'));
  if (runner === undefined) throw new LocalError(`there is no registry in ${program}; delete it`);
  return join(program, runner);
};

const ask = async (url: string): Promise<number> => {
  const { statusCode, body } = await request(url, {
    headersTimeout: ASK_TIMEOUT_MS,
    bodyTimeout: ASK_TIMEOUT_MS,
  });
  await body.dump();
  return statusCode;
};

/**
 * Sets the rule for all subjects of a registry; it starts with NONE, under which unreadable schemas
 * would pass. Throws LocalError when it is refused.
 */
export const demandBackward = async (url: string): Promise<void> => {
  const { statusCode, body } = await request(`${url}/config`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ compatibility: 'BACKWARD' }),
    headersTimeout: ASK_TIMEOUT_MS,
  });
  await body.dump();
  if (statusCode !== 200) {
    throw new LocalError(`the schema registry refused its settings (${String(statusCode)})`);
  }
};
