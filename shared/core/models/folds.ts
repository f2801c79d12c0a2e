/**
 * Folds of customers for cross-fitting. A customer's fold is a hash of its id: it does not change when others come
 * or go, and a portfolio numbered in a pattern (every fourth customer a key account) is dealt like any other.
 */
import { murmur2 } from '../partitioner.js';

export const FOLDS = 4;

const encoder = new TextEncoder();
/** Customers of one partition of the log share the hash's low bits; these are others. */
const SALT = 'fold:';

/** The fold of a customer, 0 to FOLDS - 1. */
export const foldOf = (customerId: string): number =>
  (murmur2(encoder.encode(SALT + customerId)) >>> 0) % FOLDS;
