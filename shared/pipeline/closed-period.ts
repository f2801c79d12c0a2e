/**
 * What was forecast for a customer's comparison period beside what came, as the period closes: the live
 * error of the forecasts. Looked at beside the engine, so that no output depends on it.
 */
import { actualMinor, viewLedger, WHOLE_CUSTOMER } from '../core/alerts/ledger-view.js';
import type { CustomerState, Expectation } from '../core/customer/state.js';

export type ClosedPeriod = Expectation & {
  /** Net revenue of the period, reporting minor units; negative where more came back than was bought. */
  readonly actualMinor: number;
};

/**
 * The period of a due customer that a tick is about to close; null when none does, or when only the
 * built-in model, which is held against nobody, has forecast it.
 */
export const closedPeriod = (
  { ledger, standing, mergedInto }: CustomerState,
  tickAtMs: number,
): ClosedPeriod | null => {
  const { window } = standing;
  if (mergedInto !== null || window === null) return null;
  if (!window.isTrained || tickAtMs < window.toMs) return null;
  return { ...window.total, actualMinor: actualMinor(viewLedger(ledger), WHOLE_CUSTOMER, window) };
};
