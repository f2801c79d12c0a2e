/**
 * Applies a mapping to one foreign record. Deterministic: the same record at the same place gives the
 * same event, so a replay or a second delivery is a duplicate that the scorer knows by its event id.
 */
import type { FieldDescription } from '../avro/describe-record.js';
import { convert, Unmappable } from './convert.js';
import {
  isListRule,
  type FieldRule,
  type ListRule,
  type SourceMapping,
  type ValueRule,
} from './mapping-file.js';

/** A foreign record, parsed, with its place in Kafka. */
export type ForeignRecord = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string | null;
  readonly json: unknown;
};

type Json = Readonly<Record<string, unknown>>;
/** What paths are looked up in: the list item first, `..` for the record around it. */
type Scope = {
  readonly json: unknown;
  readonly outer: Scope | null;
  readonly record: ForeignRecord;
};

const OUTER = '../';

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** Returns what is at a path, undefined when nothing is. */
const lookUp = (path: string, scope: Scope): unknown => {
  if (path === '$key') return scope.record.key ?? undefined;
  if (path === '$timestamp') return scope.record.timestampMs;
  if (path.startsWith(OUTER)) {
    return scope.outer === null ? undefined : lookUp(path.slice(OUTER.length), scope.outer);
  }
  let at: unknown = scope.json;
  for (const name of path.split('.')) {
    if (!isJson(at) || !Object.hasOwn(at, name)) return undefined;
    at = at[name];
  }
  return at;
};

const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === '';

const mapValue = (rule: ValueRule, field: FieldDescription, scope: Scope): unknown => {
  let value = rule.from === undefined ? rule.value : lookUp(rule.from, scope);
  if (isAbsent(value)) value = rule.default ?? value;
  if (isAbsent(value)) {
    if (field.isNullable) return null;
    if (field.fallback !== null) return field.fallback.value;
    throw new Unmappable(rule.from === undefined ? 'is empty' : `${rule.from} is missing`);
  }
  if (rule.values !== undefined) {
    const translated = rule.values[String(value)];
    if (translated === undefined)
      throw new Unmappable(`${JSON.stringify(value)} has no translation`);
    value = translated;
  }
  const { moneyIn } = rule;
  const currency = typeof moneyIn === 'string' ? lookUp(moneyIn, scope) : moneyIn?.value;
  return convert(value, { rule, field, currency });
};

const mapList = (rule: ListRule, field: FieldDescription, scope: Scope): unknown => {
  const items = lookUp(rule.each, scope);
  if (items === undefined || items === null) return [];
  if (!Array.isArray(items)) throw new Unmappable(`${rule.each} is no list`);
  return items.map((json: unknown, i) =>
    within(`${rule.each}.${String(i)}`, () =>
      mapFields(rule.fields, field.items, { json, outer: scope, record: scope.record }),
    ),
  );
};

const within = <T>(name: string, map: () => T): T => {
  try {
    return map();
  } catch (error) {
    if (!(error instanceof Unmappable)) throw error;
    throw new Unmappable(`${name}: ${error.message}`);
  }
};

const mapFields = (
  rules: Readonly<Record<string, FieldRule>>,
  fields: readonly FieldDescription[],
  scope: Scope,
): Json =>
  Object.fromEntries(
    fields.flatMap((field) => {
      const rule = rules[field.name];
      if (rule === undefined) {
        return field.fallback === null ? [] : [[field.name, field.fallback.value] as const];
      }
      const value = within(field.name, () =>
        isListRule(rule) ? mapList(rule, field, scope) : mapValue(rule, field, scope),
      );
      return [[field.name, value] as const];
    }),
  );

/** Returns the mapping that a record of its topic meets, or null when it is to be skipped. */
export const chooseMapping = (
  mappings: readonly SourceMapping[],
  record: ForeignRecord,
): SourceMapping | null => {
  const scope: Scope = { json: record.json, outer: null, record };
  const found = mappings.find(({ where }) =>
    where.every(({ from, in: allowed }) =>
      allowed.some((value) => value === (lookUp(from, scope) ?? null)),
    ),
  );
  return found ?? null;
};

/** Returns the event's fields; throws Unmappable with the field and the reason. */
export const applyMapping = (
  mapping: SourceMapping,
  fields: readonly FieldDescription[],
  record: ForeignRecord,
): Json => {
  const { topic, partition, offset, timestampMs } = record;
  return {
    eventId: `${topic}-${String(partition)}-${String(offset)}`,
    occurredAtMs: timestampMs,
    ...mapFields(mapping.fields, fields, { json: record.json, outer: null, record }),
  };
};
