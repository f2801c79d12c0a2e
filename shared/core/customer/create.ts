/** Creates the state of a customer who was never heard of. */
import { createVector } from '../features/vector.js';
import { createLedger } from './ledger.js';
import type { CustomerState, Standing } from './state.js';

const createStanding = (): Standing => ({
  segment: null,
  segmentSinceMs: 0,
  candidate: null,
  candidateSinceMs: 0,
  override: null,
  profile: -1,
  profileName: '',
  isPotentialCustomer: false,
  isSmallCustomer: false,
  planId: '',
  dimensions: null,
  window: null,
  alerts: [],
  opportunities: [],
  offers: [],
  dueAtMs: -1,
});

/** Returns an empty state; `dueAtMs` -1 says that no tick waits for it yet. */
export const createCustomer = (customerId: string): CustomerState => ({
  customerId,
  vector: createVector(),
  groups: [],
  ledger: createLedger(),
  master: null,
  machines: [],
  mergedInto: null,
  erasedAtMs: null,
  standing: createStanding(),
  packedStanding: null,
});

/** What is left of an erased customer: that and when; it is due never again unless it orders anew. */
export const createErasedCustomer = (customerId: string, erasedAtMs: number): CustomerState => ({
  ...createCustomer(customerId),
  erasedAtMs,
});
