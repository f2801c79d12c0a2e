/** What becomes of a record: it is applied, known already, of no interest, or refused with a reason. */
import type { ReasonCode } from '../validation/reasons.js';

/** Why a record is refused. */
export type Refusal = { readonly code: ReasonCode; readonly detail: string };

/** What became of a record; every record has exactly one outcome. */
export type Outcome =
  | { readonly kind: 'applied' | 'duplicate' | 'ignored' }
  | ({ readonly kind: 'dead-letter' } & Refusal);

export const APPLIED: Outcome = { kind: 'applied' };
export const DUPLICATE: Outcome = { kind: 'duplicate' };
export const IGNORED: Outcome = { kind: 'ignored' };
/** Refuses a record. */
export const deadLetter = (code: ReasonCode, detail: string): Outcome => ({
  kind: 'dead-letter',
  code,
  detail,
});
