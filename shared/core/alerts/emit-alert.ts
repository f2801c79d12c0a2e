/** Emits the record of an alert, complete, with the causes as they look now. */
import type { AlertStatus } from '../contract.generated.js';
import { featuresAt } from '../customer/fold-order.js';
import type { CustomerState, OpenAlert } from '../customer/state.js';
import type { DecisionContext } from '../decide/context.js';
import { outputParts } from '../decide/output-parts.js';
import { silenceProbability } from '../models/rhythm.js';
import { rankCauses } from './causes.js';
import { runOf, runProbability } from './group-runs.js';
import type { LedgerView } from './ledger-view.js';
import { calibratedSilence } from './rhythm-tests.js';
import { severityOf } from './severity.js';
import { shortfallProbability } from './shortfall-score.js';

/** Probability of a result this low, were nothing wrong; 1 where it cannot be told any more. */
export const probabilityOf = (
  { vector, ledger }: CustomerState,
  alert: OpenAlert,
  { context, view }: { readonly context: DecisionContext; readonly view: LedgerView },
): number => {
  const { asOfMs, model } = context;
  if (alert.kind === 'behind_forecast') {
    const features = featuresAt(ledger, alert.fromMs);
    return features === null ? 1 : shortfallProbability(alert, { features, view }, model);
  }
  const { silence } = model.alerts;
  if (alert.level === 'customer') {
    return calibratedSilence(silence.customer, silenceProbability({ vector, asOfMs }));
  }
  const run = runOf(view.orderDays(), alert.scopeId);
  return run === null ? 1 : calibratedSilence(silence.product_group, runProbability(run));
};

/** Emits an alert under a status. */
export const emitAlert = (
  customer: CustomerState,
  context: DecisionContext,
  {
    alert,
    status,
    view,
  }: { readonly alert: OpenAlert; readonly status: AlertStatus; readonly view: LedgerView },
): void => {
  const { alertId, level, kind, scopeId, fromMs, toMs, expected, actualMinor } = alert;
  const probability = probabilityOf(customer, alert, { context, view });
  const shortfallMinor = expected.expectedMinor - actualMinor;
  context.emit({
    kind: 'under-performance-alert',
    record: {
      ...outputParts(customer, context),
      alertId,
      level,
      scope: scopeId === -1 ? '' : context.names.nameOf(scopeId),
      kind,
      status,
      periodFromMs: fromMs,
      periodToMs: toMs,
      ...expected,
      actualMinor,
      shortfallMinor,
      tailProbability: Math.min(1, Math.max(0, probability)),
      severity: severityOf(shortfallMinor, customer.standing.segment, context.rulebook.alerts),
      causes: rankCauses({ customer, alert, context, view, probability }),
    },
  });
};
