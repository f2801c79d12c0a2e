/**
 * The commands of the one bin, declared: a service by name, what it does and its options. The code of
 * a command is loaded only when it runs, from services/<name>/main.ts, which exports
 * `run(options): Promise<void>`; options arrive with camel-cased names, as texts unless parsed here.
 */
import { InvalidArgumentError } from 'commander';
import type { ServiceName } from '../../shared/config/tables.js';

export type CommandOption = {
  /** In commander's notation, for example `--as-of <date>`. */
  readonly flags: string;
  readonly description: string;
  readonly fallback?: string | number | boolean;
  readonly isRequired?: boolean;
  readonly parse?: (text: string, previous: unknown) => unknown;
};

export type CommandSpec = {
  readonly name: string;
  readonly description: string;
  /** The service whose settings --help lists; null for commands without a configuration. */
  readonly settings: ServiceName | null;
  readonly options: readonly CommandOption[];
  readonly arguments?: readonly { readonly name: string; readonly description: string }[];
};

const number =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`must be a number from ${String(min)} to ${String(max)}`);
  };

const wholeNumber =
  (min: number, max: number) =>
  (text: string): number => {
    const value = number(min, max)(text);
    if (Number.isInteger(value)) return value;
    throw new InvalidArgumentError('must be a whole number');
  };

const date = (text: string): string => {
  if (/^\d{4}-\d{2}-\d{2}([T ][\d:.]+Z?)?$/.test(text) && !Number.isNaN(Date.parse(text))) {
    return text;
  }
  throw new InvalidArgumentError('must be a date such as 2025-12-31');
};

const isRecord = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === 'object' && value !== null;

/** Gathers repeated COLUMN=VALUE options; only the first equals sign parts them. */
const columnMap =
  (example: string) =>
  (text: string, previous: unknown): Readonly<Record<string, string>> => {
    const at = text.indexOf('=');
    if (at < 1 || at === text.length - 1) {
      throw new InvalidArgumentError(`must be COLUMN=VALUE, for example ${example}`);
    }
    return { ...(isRecord(previous) ? previous : {}), [text.slice(0, at)]: text.slice(at + 1) };
  };

const speed = (text: string): number =>
  text === 'max' ? Infinity : number(0.001, 1_000_000_000)(text);

const ORDER_FILE_OPTIONS: readonly CommandOption[] = [
  {
    flags: '--orders <file>',
    description: 'orders as CSV, also gzipped (columns: docs/order-files.md)',
    isRequired: true,
  },
  {
    flags: '--map <column=name>',
    description: 'name of a column in the file, where it differs; repeatable',
    parse: columnMap('customer_id=Debtor'),
  },
  {
    flags: '--set <column=value>',
    description: 'value of a column that the file does not have; repeatable',
    parse: columnMap('currency=EUR'),
  },
  {
    flags: '--rates <file>',
    description: 'exchange rates as CSV (date, currency, rate in the reporting currency)',
  },
  {
    flags: '--reporting-currency <code>',
    description: 'currency of the results; the most frequent one of the file without it',
  },
  {
    flags: '--horizon-days <n>',
    description: 'days to forecast',
    fallback: 91,
    parse: wholeNumber(1, 1_095),
  },
];

const FILTERS: readonly CommandOption[] = [
  { flags: '--code <code>', description: 'only this reason code' },
  { flags: '--topic <topic>', description: 'only from this source topic' },
  { flags: '--id <outputId>', description: 'only this dead letter' },
  { flags: '--since <date>', description: 'only records of that date or later', parse: date },
  {
    flags: '--limit <n>',
    description: 'at most this many',
    fallback: 100,
    parse: wholeNumber(1, 1_000_000),
  },
  { flags: '--json', description: 'print JSON lines', fallback: false },
];

const service = (name: ServiceName, description: string): CommandSpec => ({
  name,
  description,
  settings: name,
  options: [],
});

export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'start',
    description: 'bring up everything on this machine and run a simulated business',
    settings: 'start',
    options: [
      { flags: '--reset', description: 'start with empty data', fallback: false },
      { flags: '--keep', description: 'keep the data of the last start', fallback: false },
    ],
  },
  {
    ...service('setup', 'create the topics and register the schemas; may be repeated'),
  },
  {
    ...service('doctor', 'check configuration, connections, topics, Redis and schemas'),
    options: [{ flags: '--json', description: 'print the findings as JSON', fallback: false }],
  },
  service('scorer', 'score customers: events in, segments, alerts and scores out, exactly once'),
  service('ingest', 're-key source topics into the one ordered log, exactly once'),
  service('clock', 'write one tick per partition and interval, so that silence is noticed'),
  {
    ...service('trainer', 'fit, back-test and publish models'),
    options: [{ flags: '--once', description: 'fit once and end', fallback: false }],
  },
  service('crm-sync', 'deliver segment changes to a signed webhook and an NDJSON file'),
  service('sales-alerts', 'deliver alerts and opportunities to a signed webhook and NDJSON files'),
  {
    ...service('simulator', 'publish a realistic after-sales business'),
    options: [
      {
        flags: '--customers <n>',
        description: 'customers of the business',
        parse: wholeNumber(1, 10_000_000),
      },
      {
        flags: '--orders-per-second <n>',
        description: 'pace of publishing',
        parse: number(0.01, 1_000_000),
      },
      {
        flags: '--seed <n>',
        description: 'the same seed gives the same business',
        parse: wholeNumber(0, 2 ** 31 - 1),
      },
      {
        flags: '--days <n>',
        description: 'end after this many simulated days',
        parse: wholeNumber(1, 36_500),
      },
    ],
  },
  {
    ...service('stream', 'publish a file of orders to Kafka, with ticks from event time'),
    options: [
      ...ORDER_FILE_OPTIONS,
      {
        flags: '--speed <n|max>',
        description: 'event time per wall time: 1 is real time, 86400 a day per second',
        fallback: 'max',
        parse: speed,
      },
      {
        flags: '--as-of <date>',
        description: 'end as of the start of this day (UTC): fit, activate, score everybody',
        parse: date,
      },
    ],
  },
  {
    name: 'replay',
    description: 'score a file of orders with the same core, without any service',
    settings: null,
    options: [
      ...ORDER_FILE_OPTIONS,
      {
        flags: '--as-of <date>',
        description: 'score as of the start of this day (UTC)',
        isRequired: true,
        parse: date,
      },
      { flags: '--out <folder>', description: 'where results are written', isRequired: true },
    ],
  },
  {
    ...service('dead-letters', 'look at refused records, mend them, send them again'),
    arguments: [{ name: '<action>', description: 'list, show, fix, replay, drop or history' }],
    options: [
      ...FILTERS,
      { flags: '--set <field=json>', description: 'fix: a field to replace', parse: collect },
      { flags: '--reason <text>', description: 'why; drop needs it, and it is kept' },
      { flags: '--by <name>', description: 'who; the user of this machine without it' },
      { flags: '--yes', description: 'replay or drop more than one record', fallback: false },
    ],
  },
  {
    ...service('export', 'write everything that is held about one customer to a JSON file'),
    options: [
      { flags: '--customer <id>', description: 'the customer', isRequired: true },
      { flags: '--out <file>', description: 'a file that does not exist yet', isRequired: true },
      { flags: '--request <id>', description: 'id of the request, for the audit log' },
    ],
  },
];

function collect(text: string, previous: unknown): readonly string[] {
  if (!/^[A-Za-z0-9_.]+=/.test(text)) {
    throw new InvalidArgumentError('must be FIELD=JSON, for example currency="EUR"');
  }
  return [...(Array.isArray(previous) ? previous.map(String) : []), text];
}
