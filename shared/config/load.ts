/**
 * Reads a service's configuration from the environment: the only code that reads it. All problems are
 * found before anything starts and reported at once, in words; a variable with our prefix that no
 * service knows is a problem too, since a misspelt setting that is silently ignored is worse.
 */
import { readFileSync } from 'node:fs';
import { closest, distance } from 'fastest-levenshtein';
import { VARIABLE_PREFIX, type Setting } from './setting.js';

export type SettingGroup = Readonly<Record<string, Setting<unknown>>>;
export type SettingTable = Readonly<Record<string, SettingGroup>>;

type ValueOf<S> = S extends Setting<infer T> ? T : never;
/** The values of a table, by group. */
export type ConfigOf<T extends SettingTable> = {
  readonly [G in keyof T]: { readonly [S in keyof T[G]]: ValueOf<T[G][S]> };
};

/** A check across settings: returns problems in words. Runs when every single setting is right. */
export type CrossCheck<T extends SettingTable> = (config: ConfigOf<T>) => readonly string[];

export type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration is wrong; the message lists every problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(
      `the configuration has ${String(problems.length)} problem${problems.length === 1 ? '' : 's'}:\n` +
        problems.map((problem) => `  - ${problem}`).join('\n'),
    );
  }
}

export type LoadOptions<T extends SettingTable> = {
  readonly table: T;
  readonly checks: readonly CrossCheck<T>[];
  /** Variables of all services; one environment may configure them all. */
  readonly knownVariables: ReadonlySet<string>;
  readonly env?: Environment;
};

/** Largest edit distance at which another name is suggested. */
const SUGGESTION_DISTANCE_MAX = 6;
/** A secret may come from the file that this variable names. */
export const FILE_SUFFIX = '_FILE';

/** Returns the frozen configuration; throws ConfigError with all problems. */
export const loadConfig = <T extends SettingTable>(options: LoadOptions<T>): ConfigOf<T> => {
  const { table, checks, knownVariables, env = process.env } = options;
  const problems = unknownVariables(env, knownVariables);
  const config: Record<string, Readonly<Record<string, unknown>>> = {};
  for (const [groupName, group] of Object.entries(table)) {
    const values: Record<string, unknown> = {};
    for (const [name, setting] of Object.entries(group)) {
      const read = readSetting(setting, env);
      if (read.problem === null) values[name] = read.value;
      else problems.push(`${setting.variable} ${read.problem}`);
    }
    config[groupName] = Object.freeze(values);
  }
  const typed = Object.freeze(config) as ConfigOf<T>;
  if (problems.length === 0) problems.push(...checks.flatMap((check) => check(typed)));
  if (problems.length > 0) throw new ConfigError(problems);
  return typed;
};

type Read = { readonly value: unknown; readonly problem: string | null };
const failed = (problem: string): Read => ({ value: undefined, problem });

const readSetting = (setting: Setting<unknown>, env: Environment): Read => {
  const source = readText(setting, env);
  if (source.problem !== null) return failed(source.problem);
  const { text } = source;
  if (text === undefined) {
    return setting.isRequired
      ? failed(`is missing: ${setting.description}`)
      : { value: setting.absent, problem: null };
  }
  const parsed = setting.schema.safeParse(text);
  if (parsed.success) return { value: parsed.data, problem: null };
  const problem = parsed.error.issues[0]?.message ?? 'is not valid';
  return failed(setting.isSecret || setting.isFile ? problem : `${problem}, but is "${text}"`);
};

type Text = { readonly text: string | undefined; readonly problem: string | null };

const readText = (setting: Setting<unknown>, env: Environment): Text => {
  const given = env[setting.variable];
  const file = setting.isSecret ? env[`${setting.variable}${FILE_SUFFIX}`] : undefined;
  if (file !== undefined && given !== undefined) {
    return {
      text: undefined,
      problem: `and ${setting.variable}${FILE_SUFFIX} are both set; keep one`,
    };
  }
  if (file !== undefined) return readFileText(file, `${FILE_SUFFIX} names a file`);
  // Empty counts as not given: that is what an unset variable of a compose file looks like.
  if (given === undefined || given === '') {
    return { text: setting.defaultText ?? undefined, problem: null };
  }
  return setting.isFile ? readFileText(given, 'names a file') : { text: given, problem: null };
};

const readFileText = (path: string, what: string): Text => {
  try {
    return { text: readFileSync(path, 'utf8').replace(/\r?\n$/, ''), problem: null };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { text: undefined, problem: `${what} that cannot be read: ${reason}` };
  }
};

const unknownVariables = (env: Environment, known: ReadonlySet<string>): string[] =>
  Object.keys(env)
    .filter((name) => name.startsWith(VARIABLE_PREFIX) && !known.has(name))
    .sort()
    .map((name) => {
      const nearest = closest(name, [...known]);
      return distance(name, nearest) <= SUGGESTION_DISTANCE_MAX
        ? `${name} is not a setting; did you mean ${nearest}?`
        : `${name} is not a setting; --help lists them`;
    });

/** Returns the names of all variables of a table, with the _FILE ones of its secrets. */
export const variablesOf = (table: SettingTable): readonly string[] =>
  Object.values(table).flatMap((group) =>
    Object.values(group).flatMap(({ variable, isSecret }) =>
      isSecret ? [variable, `${variable}${FILE_SUFFIX}`] : [variable],
    ),
  );

/** Returns the configuration for a log line: secrets and passwords in addresses are hidden. */
export const redactConfig = <T extends SettingTable>(
  table: T,
  config: ConfigOf<T>,
): Readonly<Record<string, unknown>> => {
  const printed: Record<string, unknown> = {};
  for (const [groupName, group] of Object.entries(table)) {
    const values: Readonly<Record<string, unknown>> = config[groupName] ?? {};
    for (const [name, setting] of Object.entries(group)) {
      printed[setting.variable] = redact(setting, values[name]);
    }
  }
  return printed;
};

const redact = (setting: Setting<unknown>, value: unknown): unknown => {
  if (setting.isSecret) return value === '' ? '(not set)' : '(secret)';
  if (setting.isFile) return value === null ? '(not set)' : '(file)';
  return typeof value === 'string' ? value.replace(/\/\/[^@/]*@/, '//(secret)@') : value;
};

/** Returns the table as text for --help: variable, default, range and unit, what it means. */
export const describeSettings = (table: SettingTable): string =>
  Object.values(table)
    .flatMap((group) => Object.values(group))
    .map((setting) => {
      const unit = setting.unit === '' ? '' : ` ${setting.unit}`;
      const fallback = setting.defaultText === null ? '' : ` [${setting.defaultText}]`;
      const secret = setting.isSecret ? ` (secret; or ${setting.variable}${FILE_SUFFIX})` : '';
      return (
        `  ${setting.variable}${setting.isRequired ? ' (required)' : fallback}\n` +
        `      ${setting.description} (${setting.range}${unit})${secret}`
      );
    })
    .join('\n');
