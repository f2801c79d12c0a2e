/** `kundenpuls dead-letters <action>`: look at refused records, mend them, send them again, drop them. */
import { userInfo } from 'node:os';
import { openRegistry } from '../../shared/avro/registry-client.js';
import { isFencedError } from '../../shared/kafka/fenced-error.js';
import { kafkaIdentities } from '../../shared/kafka/topics.js';
import { createLog } from '../../shared/observability/log.js';
import { kafkaOf } from '../../shared/service/kafka-of.js';
import {
  openLetterBox,
  openLetterChanger,
  type LetterBoxOptions,
} from '../../shared/service/letter-box.js';
import { loadOrExplain } from '../../shared/service/run-service.js';
import {
  drop,
  fix,
  history,
  isForPeople,
  list,
  replay,
  show,
  UsageError,
  type DeadLettersOptions,
} from './actions.js';

type RawOptions = Readonly<Record<string, unknown>>;

const READING = { list, show, history } as const;
const CHANGING = { fix, replay, drop } as const;
const isReading = (action: string): action is keyof typeof READING =>
  Object.hasOwn(READING, action);
const isChanging = (action: string): action is keyof typeof CHANGING =>
  Object.hasOwn(CHANGING, action);

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** A container may run under a number that has no name. */
const userOfMachine = (): string => {
  try {
    return userInfo().username;
  } catch {
    return `uid ${String(process.getuid?.() ?? 'unknown')}`;
  }
};

const parseOptions = (options: RawOptions): DeadLettersOptions => {
  const since = textOrNull(options['since']);
  const assignments = options['set'];
  return {
    filter: {
      code: textOrNull(options['code']),
      topic: textOrNull(options['topic']),
      outputId: textOrNull(options['id']),
      sinceMs: since === null ? null : Date.parse(since),
      limit: Number(options['limit'] ?? Infinity),
    },
    isJson: options['json'] === true,
    isConfirmed: options['yes'] === true,
    assignments: Array.isArray(assignments) ? assignments.map(String) : [],
    actor: {
      doneBy: textOrNull(options['by']) ?? userOfMachine(),
      reason: (textOrNull(options['reason']) ?? '').trim(),
      doneAtMs: Date.now(),
    },
  };
};

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

const act = async (
  action: string,
  options: DeadLettersOptions,
  open: LetterBoxOptions,
): Promise<void> => {
  if (isReading(action)) {
    await READING[action](openLetterBox(open), options, print);
    return;
  }
  if (!isChanging(action)) {
    throw new UsageError(`"${action}" is none of list, show, history, fix, replay, drop`);
  }
  const changer = await openLetterChanger(open);
  try {
    await CHANGING[action](changer, options, print);
  } catch (error) {
    if (!isFencedError(error)) throw error;
    throw new UsageError('another run of dead-letters took over; run this again when it has ended');
  } finally {
    await changer.close().catch(() => undefined);
  }
};

/** Runs one action; what a person has to know ends it with a sentence and exit code 1. */
export const run = async (raw: RawOptions): Promise<void> => {
  const config = loadOrExplain('dead-letters');
  if (config === null) return;
  const [action = ''] = raw['arguments'] as readonly string[];
  const group = kafkaIdentities(config.app.name).deadLettersGroup;
  const log = createLog({ service: 'dead-letters', level: 'error' });
  const kafka = kafkaOf(config, { service: 'dead-letters', log });
  const registry = openRegistry(config.registry);
  const { topicPrefix } = config.app;
  try {
    await act(action, parseOptions(raw), { kafka, registry, topicPrefix, group });
  } catch (error) {
    if (!isForPeople(error)) throw error;
    process.stderr.write(`kundenpuls dead-letters: ${error.message}\n`);
    process.exitCode = 1;
  } finally {
    await registry.close();
  }
};
