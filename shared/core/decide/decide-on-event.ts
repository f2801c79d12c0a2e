/**
 * The hot path: runs after every order, machine and master data event. Everything that can wait (alerts,
 * opportunities, the card, the profile) waits for the next tick; the segment does not.
 */
import type { CustomerState } from '../customer/state.js';
import { V } from '../features/vector.js';
import { classify, type ClassifyOptions } from './classify.js';
import type { DecisionContext } from './context.js';

const OPTIONS: ClassifyOptions = { mayChangeProfile: false, isForced: false };

/**
 * Makes a customer due at the next tick: as of the last one, not before, so that those who wait longer
 * come first, and busy customers cannot keep silent ones from being looked at. One who is due stays so.
 */
export const makeDue = ({ standing }: CustomerState, { streamTimeMs }: DecisionContext): void => {
  if (standing.dueAtMs < 0 || standing.dueAtMs > streamTimeMs) standing.dueAtMs = streamTimeMs;
};

/**
 * Measures the dimensions again, steps the segment and makes the customer due. Returns true when the
 * standing changed beyond `dueAtMs`. A customer of whom only master data is known waits for the tick.
 */
export const decideOnEvent = (customer: CustomerState, context: DecisionContext): boolean => {
  const { standing, vector } = customer;
  if (customer.mergedInto !== null) return false;
  makeDue(customer, context);
  if (standing.segment === null && (vector[V.orderDays] ?? 0) === 0) return false;
  return classify(customer, context, OPTIONS);
};
