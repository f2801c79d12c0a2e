/** Emits the record of an alert, complete, with the causes as they look now. */
import type { AlertStatus } from '../contract.generated.js';
import type { CustomerState, OpenAlert } from '../customer/state.js';
import type { DecisionContext } from '../decide/context.js';
import { outputParts } from '../decide/output-parts.js';
import { tailProbability } from '../models/forecast.js';
import { silenceProbability } from '../models/rhythm.js';
import { findGroup } from '../features/groups.js';
import { rankCauses } from './causes.js';
import type { LedgerView } from './ledger-view.js';
import { groupSilenceProbability } from './rhythm-tests.js';
import { severityOf } from './severity.js';

/** Probability of a result this low, were nothing wrong. */
export const probabilityOf = (
  { vector, groups }: CustomerState,
  alert: OpenAlert,
  { asOfMs, model, rulebook }: DecisionContext,
): number => {
  if (alert.kind === 'behind_forecast') {
    return tailProbability({ ...alert.expected, actualMinor: alert.actualMinor });
  }
  if (alert.level === 'customer') return silenceProbability({ vector, asOfMs, model });
  const start = findGroup(groups, alert.scopeId);
  if (start < 0) return 1;
  const purchasesMin = rulebook.alerts.groupPurchasesMin;
  return groupSilenceProbability(groups, start, { asOfMs, purchasesMin });
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
      tailProbability: Math.min(1, Math.max(0, probabilityOf(customer, alert, context))),
      severity: severityOf(shortfallMinor, customer.standing.segment, context.rulebook.alerts),
      causes: rankCauses({ customer, alert, context, view }),
    },
  });
};
