/** What the simulated business sells and to whom: groups, products, machine types, countries. */

export const PRODUCT_GROUPS = ['spare-parts', 'consumables', 'maintenance', 'tooling'] as const;
export type ProductGroup = (typeof PRODUCT_GROUPS)[number];

/** Yearly need of a machine in its best years by group, in euro cents, in the order of the groups. */
export const MACHINE_TYPES: readonly {
  readonly machineType: string;
  readonly needMinor: readonly [number, number, number, number];
}[] = [
  { machineType: 'cnc-mill', needMinor: [820_000, 430_000, 560_000, 850_000] },
  { machineType: 'cnc-lathe', needMinor: [640_000, 330_000, 520_000, 570_000] },
  { machineType: 'press', needMinor: [1_250_000, 270_000, 760_000, 540_000] },
  { machineType: 'laser-cutter', needMinor: [1_380_000, 980_000, 840_000, 160_000] },
  { machineType: 'packaging-line', needMinor: [1_900_000, 1_350_000, 1_250_000, 340_000] },
  { machineType: 'compressor', needMinor: [230_000, 220_000, 240_000, 0] },
  { machineType: 'pump', needMinor: [160_000, 70_000, 130_000, 0] },
  { machineType: 'robot', needMinor: [430_000, 130_000, 420_000, 280_000] },
];

/** Products per group and their price level in euro cents. */
export const PRODUCTS_PER_GROUP = 60;
const PRICE_LEVEL_MINOR: Readonly<Record<ProductGroup, number>> = {
  'spare-parts': 18_000,
  consumables: 4_500,
  maintenance: 85_000,
  tooling: 22_000,
};

/** Name of a product of a group. */
export const skuOf = (group: ProductGroup, number: number): string =>
  `${group}-${String(number).padStart(3, '0')}`;

/** List price of a product in euro cents: spread by a factor of about 16 within its group. */
export const priceMinor = (group: ProductGroup, number: number): number =>
  Math.round(PRICE_LEVEL_MINOR[group] * 2 ** (((number * 37) % PRODUCTS_PER_GROUP) / 15 - 2));

export type Country = {
  readonly country: string;
  readonly currency: string;
  /** Euro cents for one minor unit of the currency, on average. */
  readonly rate: number;
  readonly territories: number;
  readonly latitude: number;
  readonly longitude: number;
};

export const COUNTRIES: readonly [Country, ...Country[]] = [
  { country: 'DE', currency: 'EUR', rate: 1, territories: 6, latitude: 51, longitude: 10 },
  { country: 'AT', currency: 'EUR', rate: 1, territories: 2, latitude: 47.5, longitude: 14 },
  { country: 'CH', currency: 'CHF', rate: 1.05, territories: 2, latitude: 47, longitude: 8 },
  { country: 'FR', currency: 'EUR', rate: 1, territories: 4, latitude: 47, longitude: 2.5 },
  { country: 'PL', currency: 'PLN', rate: 0.23, territories: 3, latitude: 52, longitude: 19 },
  { country: 'US', currency: 'USD', rate: 0.92, territories: 4, latitude: 39, longitude: -90 },
];

export const INDUSTRIES: readonly [string, ...string[]] = [
  'automotive',
  'food',
  'packaging',
  'metal',
  'plastics',
  'pharma',
];
