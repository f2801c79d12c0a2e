/**
 * What a test found to be behind, before it is known whether an alert of it is open already. A finding
 * becomes an alert under an id that follows from the business fact alone.
 */
import type { AlertKind, AlertLevel } from '../contract.generated.js';
import type { Expectation, OpenAlert } from '../customer/state.js';
import { isoDay } from '../decide/dates.js';

export type Finding = {
  readonly level: AlertLevel;
  readonly kind: AlertKind;
  /** Interned product group or product; -1 for the whole customer. */
  readonly scopeId: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly expected: Expectation;
  readonly actualMinor: number;
};

/** Expected minus actual, minor units. */
export const shortfallOf = ({
  expected,
  actualMinor,
}: Pick<Finding, 'expected' | 'actualMinor'>): number => expected.expectedMinor - actualMinor;

/** Joins parts of a business key; a slash within a part cannot be taken for a border. */
export const businessId = (...parts: readonly string[]): string =>
  parts.map((part) => part.replaceAll('%', '%25').replaceAll('/', '%2F')).join('/');

/** Opens an alert: its id names customer, kind, level, scope and first day of the period. */
export const toAlert = (customerId: string, scope: string, finding: Finding): OpenAlert => ({
  alertId: businessId(customerId, finding.kind, finding.level, scope, isoDay(finding.fromMs)),
  ...finding,
  status: 'raised',
  snoozedUntilMs: null,
});

/** Lowers an expectation by a factor: a common fall of the market is no news about one customer. */
export const scaleExpectation = (
  { expectedMinor, lower80Minor, upper80Minor }: Expectation,
  factor: number,
): Expectation => ({
  expectedMinor: Math.round(expectedMinor * factor),
  lower80Minor: Math.round(lower80Minor * factor),
  upper80Minor: Math.round(upper80Minor * factor),
});
