/** The shape of a rulebook, field by field; rules across fields are in validate.ts. */
import { z } from 'zod';
import { ALERT_LEVEL_SYMBOLS, SEGMENT_SYMBOLS, SEVERITY_SYMBOLS } from '../contract.generated.js';
import { DIMENSION_NAMES } from '../segments/rules.js';
import { FLAGS, THEMES } from '../treatments/rules.js';
import { isCurrency } from '../validation/currencies.js';

/** A century in days: longer spans are typing errors. */
const DAYS_MAX = 36_525;
const ITEMS_MAX = 1_000;
const TEXT_MAX = 500;

const share = z.number().min(0).max(1);
const money = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const days = z.number().min(0).max(DAYS_MAX);
const positiveDays = z.number().gt(0).max(DAYS_MAX);
const count = z.number().int().min(0).max(ITEMS_MAX);
const text = z.string().trim().min(1).max(TEXT_MAX);
const segment = z.enum(SEGMENT_SYMBOLS);
const list = <T extends z.ZodType>(item: T) => z.array(item).max(ITEMS_MAX);
const filled = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(ITEMS_MAX);

const machineGroups = list(z.strictObject({ productGroup: text, yearlyMinor: money }));

const potential = z.strictObject({
  machines: list(z.strictObject({ machineType: text, groups: machineGroups })),
  unknownMachine: machineGroups,
  ageFactors: filled(z.strictObject({ ageYears: z.number().min(0), factor: z.number().min(0) })),
  withoutMachines: z.strictObject({
    byOrderDay: filled(z.strictObject({ fromMinor: money.min(1), potentialMinor: money })),
    priorOrderDayMinor: money,
    priorOrderDays: z.number().min(0),
  }),
  machineUncertainty: z.number().min(0).max(2),
  peerUncertainty: z.number().min(0).max(2),
});

const behaviour = z.strictObject({
  baseWeight: share,
  trendWeight: share,
  profileWeight: share,
  profileScores: filled(share),
});

const condition = z.strictObject({
  dimension: z.enum(DIMENSION_NAMES),
  atLeast: z.number().min(0),
});

const segments = z.strictObject({
  levels: list(z.strictObject({ segment, anyOf: filled(filled(condition)) })),
  hysteresisBand: z.number().min(0).max(0.5),
  dwellDays: days,
  profileMarginMin: share,
  flags: z.strictObject({
    potentialCustomer: z.strictObject({
      potentialAtLeastMinor: money.min(1),
      shareOfWalletAtMost: share,
    }),
    smallCustomer: z.strictObject({ trailingYearAtMostMinor: money, potentialAtMostMinor: money }),
  }),
});

const allMeasures = z.strictObject(
  Object.fromEntries(THEMES.map((theme) => [theme, text])) as Record<
    (typeof THEMES)[number],
    typeof text
  >,
);
const planChange = {
  name: z.string().max(TEXT_MAX),
  visitsFactor: z.number().min(0).max(10),
  measures: allMeasures.partial(),
};

const treatments = z.strictObject({
  segments: list(
    z.strictObject({
      segment,
      name: text,
      visitsPerYear: z.number().min(0).max(366),
      measures: allMeasures,
    }),
  ),
  profiles: filled(z.strictObject({ profile: text, ...planChange })),
  flags: list(z.strictObject({ flag: z.enum(FLAGS), ...planChange })),
  combinations: list(
    z.strictObject({ segment, profile: text, flag: z.enum(FLAGS), ...planChange }),
  ),
});

const alerts = z.strictObject({
  windowWeeks: z.number().int().min(1).max(104),
  windowWeeksMin: z.number().int().min(1).max(104),
  shortfallMinMinor: z.strictObject(
    Object.fromEntries(ALERT_LEVEL_SYMBOLS.map((level) => [level, money])) as Record<
      (typeof ALERT_LEVEL_SYMBOLS)[number],
      typeof money
    >,
  ),
  overdueProbabilityMax: z.number().gt(0).max(0.5),
  overdueFalseAlarmsPerYear: z.number().gt(0).max(12),
  groupPurchasesMin: count.min(2),
  productPurchasesMin: count.min(1),
  productsMax: count,
  marketFallingBelow: z.number().min(0).max(2),
  cooldownDays: days,
  lifeDays: positiveDays,
  updateShare: z.number().gt(0).max(10),
  severities: filled(z.strictObject({ severity: z.enum(SEVERITY_SYMBOLS), fromMinor: money })),
  segmentWeights: z.strictObject(
    Object.fromEntries(SEGMENT_SYMBOLS.map((name) => [name, z.number().min(0).max(100)])) as Record<
      (typeof SEGMENT_SYMBOLS)[number],
      z.ZodNumber
    >,
  ),
});

const opportunities = z.strictObject({
  crossSellMinMinor: money,
  upSellMinMinor: money.min(1),
  crossSellMax: count,
  upSellMax: count,
  proposalLeadDays: days,
  proposalGapDaysMin: days,
  proposalPurchasesMin: count.min(1),
  proposalProductsMax: count,
  winnableShare: share,
  updateShare: z.number().gt(0).max(10),
});

/** The shape of a rulebook; unknown fields are refused, since they are mostly misspelt ones. */
export const rulebookSchema = z.strictObject({
  version: text,
  reportingCurrency: z.string().refine(isCurrency, 'is not an ISO 4217 currency code'),
  forecastHorizonsDays: filled(positiveDays),
  recheckDays: positiveDays,
  potential,
  behaviour,
  segments,
  treatments,
  alerts,
  opportunities,
});
