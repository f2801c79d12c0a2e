/** The components through Docker Compose, where an engine answers; see deploy/compose. */
import { join } from 'node:path';
import { packageRoot } from '../../shared/avro/package-root.js';
import { freePorts } from './ports.js';
import { demandBackward } from './registry.js';
import { runTool, tryTool } from './run-tool.js';
import type { ProvidedStack, StackPart, StackPorts } from './stack.js';

const ASK_TIMEOUT_MS = 5_000;
const UP_TIMEOUT_MS = 600_000;
const DOWN_TIMEOUT_MS = 120_000;
const COMPOSE_FILE = 'deploy/compose/docker-compose.yml';

/** Tells whether a Docker engine with Compose answers in time; a client alone is not enough. */
export const isDockerUsable = async (): Promise<boolean> => {
  const engine = { command: 'docker', args: ['info', '--format', '{{.ServerVersion}}'] };
  const answer = await tryTool({ ...engine, timeoutMs: ASK_TIMEOUT_MS });
  if (answer === null || !/^\d/m.test(answer)) return false;
  const compose = { command: 'docker', args: ['compose', 'version'] };
  return (await tryTool({ ...compose, timeoutMs: ASK_TIMEOUT_MS })) !== null;
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

/** Starts the parts and waits until they are healthy. Throws LocalError with what Compose says. */
export const startCompose = async (options: ComposeOptions): Promise<ProvidedStack> => {
  const { parts, project, isReset = false, isEphemeral } = options;
  const [kafka = 0, registry = 0, redis = 0] = options.ports
    ? [options.ports.kafka, options.ports.registry, options.ports.redis]
    : await freePorts(3);
  const registryUrl = `http://127.0.0.1:${String(registry)}/apis/ccompat/v7`;
  const tool = {
    command: 'docker',
    env: {
      KUNDENPULS_LOCAL_KAFKA_PORT: String(kafka),
      KUNDENPULS_LOCAL_REGISTRY_PORT: String(registry),
      KUNDENPULS_LOCAL_REDIS_PORT: String(redis),
    },
  };
  const base = ['compose', '-f', join(packageRoot(), COMPOSE_FILE), '-p', project];
  const down = async (isWithVolumes: boolean): Promise<void> => {
    await runTool({
      ...tool,
      args: [...base, 'down', '--remove-orphans', ...(isWithVolumes ? ['--volumes'] : [])],
      what: 'stopping the containers',
      timeoutMs: DOWN_TIMEOUT_MS,
    });
  };
  const stop = (): Promise<void> => down(isEphemeral);
  if (isReset) await down(true);
  try {
    await runTool({
      ...tool,
      args: [...base, 'up', '--detach', '--wait', ...parts],
      what: 'starting the containers',
      timeoutMs: UP_TIMEOUT_MS,
    });
    if (parts.includes('registry')) await demandBackward(registryUrl);
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
  const addresses: Readonly<Record<StackPart, readonly [string, string]>> = {
    kafka: ['KUNDENPULS_KAFKA_BROKERS', `127.0.0.1:${String(kafka)}`],
    registry: ['KUNDENPULS_REGISTRY_URL', registryUrl],
    redis: ['KUNDENPULS_REDIS_URL', `redis://127.0.0.1:${String(redis)}`],
  };
  const revive = (): Promise<readonly string[]> => Promise.resolve([]);
  return { env: Object.fromEntries(parts.map((part) => addresses[part])), revive, stop };
};
