/** The components through Docker Compose, where an engine answers; see deploy/compose. */
import { join } from 'node:path';
import { packageRoot } from '../../shared/avro/package-root.js';
import { LocalError, messageOf } from './local-error.js';
import { freePorts, isPortOpen } from './ports.js';
import { demandBackward } from './registry.js';
import { runTool, tryTool, type ToolSpec } from './run-tool.js';
import type { ProvidedStack, StackPart, StackPorts } from './stack.js';

/** A busy machine answers late; where nothing listens the answer is there at once. */
const ASK_TIMEOUT_MS = 15_000;
const CREATE_TIMEOUT_MS = 900_000;
const UP_TIMEOUT_MS = 300_000;
const DOWN_TIMEOUT_MS = 180_000;
const COMPOSE_FILE = 'deploy/compose/docker-compose.yml';
const LOG_LINES = '12';
/** What Compose ends with after a Ctrl-C. */
const INTERRUPTED = /\(exit code 130\)/;

/**
 * Returns why Docker Compose cannot be used, as the start of a sentence; null when an engine and Compose
 * 2 answer in time. A client alone is not enough.
 */
export const whyNoCompose = async (): Promise<string | null> => {
  const ask = (args: readonly string[]): Promise<string | null> =>
    tryTool({ command: 'docker', args, timeoutMs: ASK_TIMEOUT_MS });
  const engine = await ask(['info', '--format', '{{.ServerVersion}}']);
  if (engine === null || !/^\d/m.test(engine)) {
    return `no Docker engine answers within ${String(ASK_TIMEOUT_MS / 1_000)} s`;
  }
  const compose = await ask(['compose', 'version']);
  return compose === null ? 'Docker has no Compose 2 here (`docker compose version` fails)' : null;
};

export type ComposeOptions = {
  readonly parts: readonly StackPart[];
  readonly ports?: StackPorts | null;
  readonly project: string;
  /** Whether volumes of earlier runs are removed first. */
  readonly isReset?: boolean;
  /** Whether the volumes are removed in the end. */
  readonly isEphemeral: boolean;
};

export type Compose = {
  /** Removes the containers that a killed run left behind, and for an empty start the data. */
  readonly clear: () => Promise<void>;
  /** Pulls the images that are missing; returns what is said when the containers cannot be made. */
  readonly create: () => Promise<string | null>;
  /** Starts the containers and waits until they are healthy. Throws LocalError with their logs. */
  readonly start: () => Promise<ProvidedStack>;
};

type Tool = Pick<ToolSpec, 'command' | 'args' | 'env'>;

const composeTool = (project: string, env: ToolSpec['env'] = {}): Tool => ({
  command: 'docker',
  args: ['compose', '-f', join(packageRoot(), COMPOSE_FILE), '-p', project],
  env,
});

const down = async (tool: Tool, isWithVolumes: boolean): Promise<void> => {
  const args = [...['down', '--remove-orphans'], ...(isWithVolumes ? ['--volumes'] : [])];
  await runTool({
    ...tool,
    args: [...tool.args, ...args],
    what: 'stopping the containers',
    timeoutMs: DOWN_TIMEOUT_MS,
  });
};

/** Removes the containers and the data of a run that is gone. */
export const removeCompose = (project: string): Promise<void> => down(composeTool(project), true);

/** Lays out the parts; nothing runs before it is told to. */
export const openCompose = async (options: ComposeOptions): Promise<Compose> => {
  const { parts, project, isReset = false, isEphemeral } = options;
  const [kafka = 0, registry = 0, redis = 0] = options.ports
    ? [options.ports.kafka, options.ports.registry, options.ports.redis]
    : await freePorts(3);
  const ports: Readonly<Record<StackPart, number>> = { kafka, registry, redis };
  const tool = composeTool(project, {
    KUNDENPULS_LOCAL_KAFKA_PORT: String(kafka),
    KUNDENPULS_LOCAL_REGISTRY_PORT: String(registry),
    KUNDENPULS_LOCAL_REDIS_PORT: String(redis),
  });
  const stop = (): Promise<void> => down(tool, isEphemeral);
  return {
    clear: () => down(tool, isReset),
    create: async () => {
      try {
        await runTool({
          ...tool,
          args: [...tool.args, 'create', ...parts],
          what: 'making the containers',
          timeoutMs: CREATE_TIMEOUT_MS,
        });
        return null;
      } catch (error) {
        await stop().catch(() => undefined);
        if (INTERRUPTED.test(messageOf(error))) throw error;
        return messageOf(error);
      }
    },
    start: async () => {
      try {
        await up(tool, parts);
        await checkReached(parts, ports);
        if (parts.includes('registry')) await demandBackward(registryUrl(ports));
      } catch (error) {
        await stop().catch(() => undefined);
        throw error;
      }
      const revive = (): Promise<readonly string[]> => Promise.resolve([]);
      return { env: addressesOf(parts, ports), revive, stop };
    },
  };
};

const up = async (tool: Tool, parts: readonly StackPart[]): Promise<void> => {
  try {
    await runTool({
      ...tool,
      args: [...tool.args, 'up', '--detach', '--wait', ...parts],
      what: 'starting the containers',
      timeoutMs: UP_TIMEOUT_MS,
    });
  } catch (error) {
    const [, container] = /container (\S+) (?:is unhealthy|exited)/.exec(messageOf(error)) ?? [];
    if (container === undefined) throw error;
    // The log goes with the container, which is removed next.
    const args = ['logs', '--tail', LOG_LINES, container];
    const log = await tryTool({ command: 'docker', args, timeoutMs: ASK_TIMEOUT_MS });
    throw new LocalError(`${messageOf(error)}\nIts log ends:\n${log ?? ''}`, { cause: error });
  }
};

/** An engine may be on another machine, where nothing from here is reached on loopback. */
const checkReached = async (
  parts: readonly StackPart[],
  ports: Readonly<Record<StackPart, number>>,
): Promise<void> => {
  for (const part of parts) {
    if (await isPortOpen(ports[part])) continue;
    throw new LocalError(
      `the container of ${part} runs, but port ${String(ports[part])} of this machine does not lead to ` +
        'it; if the Docker engine is on another machine, unset DOCKER_HOST or give addresses of ' +
        'running components (README, "Own components")',
    );
  }
};

const registryUrl = ({ registry }: Readonly<Record<StackPart, number>>): string =>
  `http://127.0.0.1:${String(registry)}/apis/ccompat/v7`;

const addressesOf = (
  parts: readonly StackPart[],
  ports: Readonly<Record<StackPart, number>>,
): ProvidedStack['env'] => {
  const addresses: Readonly<Record<StackPart, readonly [string, string]>> = {
    kafka: ['KUNDENPULS_KAFKA_BROKERS', `127.0.0.1:${String(ports.kafka)}`],
    registry: ['KUNDENPULS_REGISTRY_URL', registryUrl(ports)],
    redis: ['KUNDENPULS_REDIS_URL', `redis://127.0.0.1:${String(ports.redis)}`],
  };
  return Object.fromEntries(parts.map((part) => addresses[part]));
};
