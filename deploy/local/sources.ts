/**
 * Where Kafka, registry and Redis come from, each on its own, first that fits: an address given by the
 * user, Docker Compose where an engine answers, local processes.
 */
import { isDockerUsable, startCompose } from './docker.js';
import { startStack, type ProvidedStack, type StackOptions, type StackPart } from './stack.js';

const ADDRESS_VARIABLES: Readonly<Record<StackPart, string>> = {
  kafka: 'KUNDENPULS_KAFKA_BROKERS',
  registry: 'KUNDENPULS_REGISTRY_URL',
  redis: 'KUNDENPULS_REDIS_URL',
};
const PARTS: readonly StackPart[] = ['kafka', 'registry', 'redis'];

export type SourceOptions = Pick<StackOptions, 'folder' | 'ports'> & {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Name of the Compose project, which keeps runs on one machine apart. */
  readonly project: string;
  /** Whether the data of Compose volumes is removed in the end. */
  readonly isEphemeral: boolean;
  readonly say: (sentence: string) => void;
};

/** Provides what is not given by address. Throws LocalError with the way out. */
export const provideStack = async (options: SourceOptions): Promise<ProvidedStack> => {
  const { env, say, folder } = options;
  const parts = PARTS.filter((part) => (env[ADDRESS_VARIABLES[part]] ?? '') === '');
  for (const part of PARTS) {
    const variable = ADDRESS_VARIABLES[part];
    if (!parts.includes(part)) say(`${part} as given: ${variable}=${env[variable] ?? ''}`);
  }
  if (parts.length === 0) return { env: {}, dead: () => [], stop: () => Promise.resolve() };
  if (await isDockerUsable()) {
    say(`starting ${parts.join(', ')} with Docker Compose …`);
    return startCompose({ ...options, parts });
  }
  say(`no Docker engine answers; starting ${parts.join(', ')} as local processes …`);
  const ports = options.ports ?? null;
  const {
    env: addresses,
    kafka,
    registry,
    redis,
    stop,
  } = await startStack({
    folder,
    parts,
    ports,
    say,
  });
  const components = [...(kafka?.brokers ?? []), registry, redis];
  const dead = (): readonly string[] =>
    components.flatMap((one) => (one !== null && !one.isRunning() ? [one.name] : []));
  return { env: addresses, dead, stop };
};
