/**
 * The mapping file: how records of foreign topics become events. It is read once, at the start, and
 * checked against the contract as a whole; all problems are told at once, by where they are.
 */
import { z } from 'zod';
import type { FieldDescription } from '../avro/describe-record.js';

const path = z.string().min(1);

const valueRule = z.strictObject({
  /** The same for every record. */
  value: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
  /** Path in the source record: names and positions with dots; $key and $timestamp of the record. */
  from: path.optional(),
  /** Taken when the source has nothing there. */
  default: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
  /** Translates values of the source. */
  values: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  /** iso, epoch-ms, epoch-s or a pattern such as dd.MM.yyyy. */
  date: z.string().min(1).optional(),
  /** Zone of dates that name none. */
  timeZone: z.string().optional(),
  /** Decimal money: the path of its currency, or the currency as {"value": "EUR"}. */
  moneyIn: z.union([path, z.strictObject({ value: z.string() })]).optional(),
  /** Decimal separator of numbers in texts; the other one groups thousands. */
  decimal: z.enum(['.', ',']).optional(),
  /** Drops the sign: the contract has no negative amounts. */
  absolute: z.boolean().optional(),
});
export type ValueRule = z.infer<typeof valueRule>;

export type ListRule = {
  readonly each: string;
  readonly fields: Readonly<Record<string, ValueRule>>;
};
const listRule = z.strictObject({ each: path, fields: z.record(z.string(), valueRule) });
export type FieldRule = ValueRule | ListRule;

const condition = z.strictObject({
  from: path,
  in: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).min(1),
});
export type Condition = z.infer<typeof condition>;

const source = z.strictObject({
  topic: z.string().regex(/^[A-Za-z0-9._-]{1,249}$/),
  format: z.enum(['json', 'avro']),
  event: z.string(),
  /** Records that do not meet all conditions are left to the next entry of the topic, or skipped. */
  where: z.array(condition).default([]),
  fields: z.record(z.string(), z.union([listRule, valueRule])),
});
export type SourceMapping = z.infer<typeof source>;

const file = z.strictObject({ version: z.literal(1), sources: z.array(source).min(1) });

/** The mapping file cannot be used; the message lists every problem. */
export class MappingError extends Error {
  override readonly name = 'MappingError';
  constructor(readonly problems: readonly string[]) {
    super(`the mapping file has problems:\n${problems.map((text) => `  - ${text}`).join('\n')}`);
  }
}

/** Tells the rule of a list from that of a single value. */
export const isListRule = (rule: FieldRule): rule is ListRule => 'each' in rule;

export type Contract = {
  /** Fields of an event by its type, null for one that is not in the contract. */
  readonly fieldsOf: (event: string) => readonly FieldDescription[] | null;
};

/** Fields that are filled from the record's place in Kafka when no rule is given. */
const FILLED: ReadonlySet<string> = new Set(['eventId', 'occurredAtMs']);

/** Parses the text of a mapping file; throws MappingError with all problems. */
export const parseMapping = (text: string, contract: Contract): readonly SourceMapping[] => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new MappingError([`it is no JSON: ${error instanceof Error ? error.message : ''}`]);
  }
  const parsed = file.safeParse(json);
  if (!parsed.success) {
    throw new MappingError(
      parsed.error.issues.map(({ path: at, message }) => `${at.join('.')}: ${message}`),
    );
  }
  const { sources } = parsed.data;
  const problems = sources.flatMap((mapping, i) => {
    const at = `sources.${String(i)}`;
    const fields = contract.fieldsOf(mapping.event);
    return fields === null
      ? [`${at}.event: ${mapping.event} is no event of the contract`]
      : checkFields(mapping.fields, fields, `${at}.fields`, FILLED);
  });
  if (problems.length > 0) throw new MappingError(problems);
  return sources;
};

const checkFields = (
  rules: Readonly<Record<string, FieldRule>>,
  fields: readonly FieldDescription[],
  at: string,
  filled: ReadonlySet<string>,
): readonly string[] => {
  const known = new Map(fields.map((field) => [field.name, field]));
  const missing = fields
    .filter(({ name, fallback }) => fallback === null && !filled.has(name) && !(name in rules))
    .map(({ name }) => `${at}.${name}: is missing`);
  const wrong = Object.entries(rules).flatMap(([name, rule]) => {
    const field = known.get(name);
    if (field === undefined) return [`${at}.${name}: the event has no such field`];
    return checkRule(rule, field, `${at}.${name}`);
  });
  return [...missing, ...wrong];
};

const checkRule = (rule: FieldRule, field: FieldDescription, at: string): readonly string[] => {
  if (isListRule(rule)) {
    return field.kind === 'records'
      ? checkFields(rule.fields, field.items, `${at}.fields`, new Set())
      : [`${at}: is one value; give it "from" or "value"`];
  }
  if (field.kind === 'records') return [`${at}: is a list; give it "each" and "fields"`];
  const problems: string[] = [];
  if ('value' in rule === 'from' in rule) {
    problems.push(`${at}: needs either "from" or "value"`);
  }
  if (rule.date !== undefined && field.kind !== 'time') problems.push(`${at}: is no time`);
  if (rule.moneyIn !== undefined && !field.name.endsWith('Minor')) {
    problems.push(`${at}: is no amount in minor units`);
  }
  return problems;
};
