/** Signs that price or quality drives a customer away: dearer products, more returns. */
import type { CustomerState } from '../customer/state.js';
import { percentInWords } from '../decide/words.js';
import { MS_PER_DAY, MS_PER_WEEK, returnRate } from '../features/vector.js';
import type { Evidence } from './causes.js';
import type { LedgerView, Period } from './ledger-view.js';

const HALF_YEAR_MS = 182 * MS_PER_DAY;
/** Rises below this are ordinary; returns below this share are ordinary too. */
const PRICE_RISE_MIN = 0.06;
const RETURN_RATE_MIN = 0.05;
/** One return is chance, and of a small customer a large share. */
const RETURN_DOCUMENTS_MIN = 2;

/** Price of the products bought in both periods, later over earlier, weighted by later revenue. */
export const priceIndex = (view: LedgerView, earlier: Period, later: Period): number | null => {
  const before = view.productUses(earlier);
  let paid = 0;
  let atOldPrices = 0;
  for (const [skuId, use] of view.productUses(later)) {
    const old = before.get(skuId);
    if (old === undefined || !isPriced(old) || !isPriced(use)) continue;
    paid += use.netMinor;
    atOldPrices += (old.netMinor / old.quantityMilli) * use.quantityMilli;
  }
  return atOldPrices > 0 ? paid / atOldPrices : null;
};

const isPriced = (use: { readonly netMinor: number; readonly quantityMilli: number }): boolean =>
  use.netMinor > 0 && use.quantityMilli > 0;

export type PriceQuestion = {
  readonly customer: CustomerState;
  readonly view: LedgerView;
  /** What the alert is about; the signs are looked for in the time up to its end. */
  readonly period: Period;
};

/** Looks at the quarter and at the half year up to the end of a period; the clearer sign counts. */
export const priceOrReturns = (question: PriceQuestion): Evidence => {
  const quarter = signsOf(question, HALF_YEAR_MS / 2);
  const halfYear = signsOf(question, HALF_YEAR_MS);
  return quarter.strength >= halfYear.strength ? quarter : halfYear;
};

/** Compares the time up to the end of the period with the year before it. */
const signsOf = ({ period, view, customer }: PriceQuestion, lengthMs: number): Evidence => {
  const fromMs = period.toMs - lengthMs;
  const later = { fromMs, toMs: period.toMs };
  const index = priceIndex(view, { fromMs: fromMs - 2 * HALF_YEAR_MS, toMs: fromMs }, later);
  const rise = index === null ? 0 : index - 1;
  const returns = recentReturnsOf(view, later);
  const recentReturns = returns.rate;
  const usualReturns = returnRate(customer.vector);
  const hasReturns =
    returns.documents >= RETURN_DOCUMENTS_MIN &&
    recentReturns >= RETURN_RATE_MIN &&
    recentReturns >= 1.5 * usualReturns;
  const hasRise = rise >= PRICE_RISE_MIN;
  const parts: string[] = [];
  if (hasRise) parts.push(`the products bought became ${percentInWords(rise)} dearer`);
  if (hasReturns) {
    parts.push(
      `${percentInWords(recentReturns)} of the sales came back (${percentInWords(usualReturns)} before)`,
    );
  }
  return {
    code: 'price_or_returns',
    strength: Math.min(0.9, (hasRise ? 5 * rise : 0) + (hasReturns ? 2 * recentReturns : 0)),
    evidence: `In the last ${String(Math.round(lengthMs / MS_PER_WEEK))} weeks ${parts.join(', and ')}.`,
  };
};

/** Returned share of the sales of a period, and how many documents it comes from. */
const recentReturnsOf = (
  view: LedgerView,
  { fromMs, toMs }: Period,
): { readonly rate: number; readonly documents: number } => {
  let documents = 0;
  let sales = 0;
  let returns = 0;
  for (const { orderedAtMs, isReturn, lines } of view.documents()) {
    if (orderedAtMs < fromMs || orderedAtMs >= toMs) continue;
    if (isReturn && lines.length > 0) documents += 1;
    for (const { netMinor } of lines) {
      if (isReturn) returns -= netMinor;
      else sales += netMinor;
    }
  }
  const rate = sales <= 0 ? (returns > 0 ? 1 : 0) : Math.min(1, returns / sales);
  return { rate, documents };
};
