/** The full card of a customer as of a tick; customer-scores is compacted, so it stands by itself. */
import type { Dimensions, Forecast } from '../contract.generated.js';
import type { CustomerState } from '../customer/state.js';
import { openAlertsOf } from '../alerts/lifecycle.js';
import { returnRate, V } from '../features/vector.js';
import { forecastCustomer, NEW_GROUPS, type PartForecast } from '../models/forecast.js';
import { assignProfile } from '../models/profiles.js';
import { expectedNextOrderAtMs } from '../models/rhythm.js';
import { clamp } from './clamp.js';
import type { DecisionContext } from './context.js';
import { outputParts } from './output-parts.js';

/** What a card says of a forecast: its fields and no others, so that a card is what is written of it. */
const toForecast = (
  productGroup: string,
  horizonDays: number,
  { expectedOrders, expectedMinor, lower80Minor, upper80Minor }: PartForecast,
): Forecast => ({
  productGroup,
  horizonDays,
  expectedOrders,
  expectedMinor,
  lower80Minor,
  upper80Minor,
});

/** Forecasts of every horizon: the total first, then the groups by id and what is held back for new ones. */
const forecastsOf = (customer: CustomerState, context: DecisionContext): readonly Forecast[] => {
  const { asOfMs, model, names, rulebook } = context;
  const { vector, groups } = customer;
  const totals: Forecast[] = [];
  const byGroup: Forecast[] = [];
  for (const horizonDays of rulebook.forecastHorizonsDays) {
    const forecast = forecastCustomer({ vector, groups, asOfMs, horizonDays, model });
    totals.push(toForecast('', horizonDays, forecast));
    for (const group of forecast.groups) {
      byGroup.push(toForecast(names.nameOf(group.groupId), horizonDays, group));
    }
    if (forecast.newGroups !== null) {
      byGroup.push(toForecast(NEW_GROUPS, horizonDays, forecast.newGroups));
    }
  }
  return [...totals, ...byGroup];
};

/** Emits the customer's card; nothing before the first segment. */
export const emitCard = (
  customer: CustomerState,
  context: DecisionContext,
  dimensions: Dimensions,
): void => {
  const { standing, vector, master } = customer;
  if (standing.segment === null) return;
  if (context.skipsCards === true) {
    context.nextOutputId();
    return;
  }
  const { asOfMs, model } = context;
  const parts = outputParts(customer, context);
  const hasOrdered = (vector[V.orderDays] ?? 0) > 0;
  const open = openAlertsOf(standing.alerts);
  context.emit({
    kind: 'customer-score',
    // Spelled out, as in classify.ts: a spread in front would make it ten times slower.
    record: {
      outputId: parts.outputId,
      customerId: parts.customerId,
      asOfMs: parts.asOfMs,
      country: parts.country,
      territory: parts.territory,
      salesRep: parts.salesRep,
      currency: parts.currency,
      rulebookVersion: parts.rulebookVersion,
      modelVersion: parts.modelVersion,
      segment: standing.segment,
      isOverride: standing.override !== null,
      isPotentialCustomer: standing.isPotentialCustomer,
      isSmallCustomer: standing.isSmallCustomer,
      profile: standing.profileName,
      profileMargin: hasOrdered ? clamp(assignProfile({ vector, asOfMs, model }).margin, 0, 1) : 0,
      dimensions: { ...dimensions },
      planId: standing.planId,
      forecasts: forecastsOf(customer, context),
      lastOrderedAtMs: hasOrdered ? (vector[V.lastOrderedAtMs] ?? 0) : null,
      expectedNextOrderAtMs: expectedNextOrderAtMs(vector),
      orderDays: vector[V.orderDays] ?? 0,
      lifetimeRevenueMinor: Math.round(vector[V.lifetimeMinor] ?? 0),
      returnRate: returnRate(vector),
      openAlerts: open.length,
      moneyAtRiskMinor: open.reduce((sum, alert) => Math.max(sum, shortfallOf(alert)), 0),
      parentCustomerId: master?.parentCustomerId ?? null,
      mergedIntoCustomerId: customer.mergedInto,
    },
  });
};

/** Alerts overlap (a group's shortfall is in its customer's), so the largest one is at risk. */
const shortfallOf = (alert: {
  readonly expected: { readonly expectedMinor: number };
  readonly actualMinor: number;
}): number => Math.max(0, alert.expected.expectedMinor - alert.actualMinor);
