/**
 * Where Kafka, registry and Redis come from, each on its own, first that fits: an address given by the
 * user, Docker Compose where an engine answers and has or gets the images, local processes.
 */
import { checkPortsFree } from './ports.js';
import { openCompose, whyNoCompose } from './docker.js';
import {
  startStack,
  type ProvidedStack,
  type Stack,
  type StackOptions,
  type StackPart,
  type StackPorts,
} from './stack.js';

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
  /** Whether Compose volumes of earlier runs are removed first; local processes keep data in `folder`. */
  readonly isReset?: boolean;
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
  if (parts.length === 0) {
    return { env: {}, revive: () => Promise.resolve([]), stop: () => Promise.resolve() };
  }
  const lack = await whyNoCompose();
  const compose = lack === null ? await openCompose({ ...options, parts }) : null;
  // Containers outlive a run that is killed, and would hold its ports.
  await compose?.clear();
  if (options.ports) await checkPorts(parts, options.ports);
  if (compose !== null) {
    say(`starting ${parts.join(', ')} with Docker Compose; the first time this pulls images …`);
    const refusal = await compose.create();
    if (refusal === null) return compose.start();
    say(refusal);
  }
  const reason = lack ?? 'there are no containers';
  say(`${reason}; starting ${parts.join(', ')} as local processes …`);
  const stack = await startStack({ folder, parts, ports: options.ports ?? null, say });
  return { env: stack.env, revive: () => revive(stack), stop: stack.stop };
};

const checkPorts = async (parts: readonly StackPart[], ports: StackPorts): Promise<void> => {
  const needed = [
    { use: 'kafka', port: ports.kafka, variable: 'KUNDENPULS_LOCAL_KAFKA_PORT' },
    {
      use: 'kafka',
      port: ports.kafkaController,
      variable: 'KUNDENPULS_LOCAL_KAFKA_CONTROLLER_PORT',
    },
    { use: 'registry', port: ports.registry, variable: 'KUNDENPULS_LOCAL_REGISTRY_PORT' },
    { use: 'redis', port: ports.redis, variable: 'KUNDENPULS_LOCAL_REDIS_PORT' },
  ] as const;
  await checkPortsFree(needed.filter(({ use }) => parts.includes(use)));
};

const revive = async ({ kafka, registry, redis }: Stack): Promise<readonly string[]> => {
  const components = [...(kafka?.brokers ?? []), registry, redis];
  const dead = components.flatMap((one) => (one === null || one.isRunning() ? [] : [one]));
  for (const component of dead) await component.start();
  return dead.map(({ name }) => name);
};
