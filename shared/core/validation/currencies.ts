/**
 * The currencies an order may be in: ISO 4217 list one (as published by the package currency-codes,
 * against which a test compares it), without metals, funds of account and test codes, and those
 * withdrawn since 2000 or introduced after that package's edition, since history is loaded too. The list is
 * written down here, not asked of the platform, so that every node refuses the same records.
 */

// prettier-ignore
export const ACTIVE_CURRENCIES: readonly string[] = [
  'AED', 'AFN', 'ALL', 'AMD', 'ANG', 'AOA', 'ARS', 'AUD', 'AWG', 'AZN', 'BAM', 'BBD', 'BDT',
  'BGN', 'BHD', 'BIF', 'BMD', 'BND', 'BOB', 'BOV', 'BRL', 'BSD', 'BTN', 'BWP', 'BYN', 'BZD',
  'CAD', 'CDF', 'CHE', 'CHF', 'CHW', 'CLF', 'CLP', 'CNY', 'COP', 'COU', 'CRC', 'CUC', 'CUP',
  'CVE', 'CZK', 'DJF', 'DKK', 'DOP', 'DZD', 'EGP', 'ERN', 'ETB', 'EUR', 'FJD', 'FKP', 'GBP',
  'GEL', 'GHS', 'GIP', 'GMD', 'GNF', 'GTQ', 'GYD', 'HKD', 'HNL', 'HTG', 'HUF', 'IDR', 'ILS',
  'INR', 'IQD', 'IRR', 'ISK', 'JMD', 'JOD', 'JPY', 'KES', 'KGS', 'KHR', 'KMF', 'KPW', 'KRW',
  'KWD', 'KYD', 'KZT', 'LAK', 'LBP', 'LKR', 'LRD', 'LSL', 'LYD', 'MAD', 'MDL', 'MGA', 'MKD',
  'MMK', 'MNT', 'MOP', 'MRU', 'MUR', 'MVR', 'MWK', 'MXN', 'MXV', 'MYR', 'MZN', 'NAD', 'NGN',
  'NIO', 'NOK', 'NPR', 'NZD', 'OMR', 'PAB', 'PEN', 'PGK', 'PHP', 'PKR', 'PLN', 'PYG', 'QAR',
  'RON', 'RSD', 'RUB', 'RWF', 'SAR', 'SBD', 'SCR', 'SDG', 'SEK', 'SGD', 'SHP', 'SLE', 'SOS',
  'SRD', 'SSP', 'STN', 'SVC', 'SYP', 'SZL', 'THB', 'TJS', 'TMT', 'TND', 'TOP', 'TRY', 'TTD',
  'TWD', 'TZS', 'UAH', 'UGX', 'USD', 'USN', 'UYI', 'UYU', 'UYW', 'UZS', 'VED', 'VES', 'VND',
  'VUV', 'WST', 'XAF', 'XCD', 'XOF', 'XPF', 'YER', 'ZAR', 'ZMW', 'ZWG',
];

// prettier-ignore
export const FURTHER_CURRENCIES: readonly string[] = [
  'AFA', 'ATS', 'AZM', 'BEF', 'BGL', 'BYR', 'CSD', 'CYP', 'DEM', 'EEK', 'ESP', 'FIM', 'FRF',
  'GHC', 'GRD', 'HRK', 'IEP', 'ITL', 'LTL', 'LUF', 'LVL', 'MGF', 'MRO', 'MTL', 'MZM', 'NLG',
  'PTE', 'ROL', 'SDD', 'SIT', 'SKK', 'SLL', 'SRG', 'STD', 'TMM', 'TRL', 'VEB', 'VEF', 'XCG',
  'YUM', 'ZMK', 'ZWD', 'ZWL',
];

const KNOWN: ReadonlySet<string> = new Set([...ACTIVE_CURRENCIES, ...FURTHER_CURRENCIES]);

/** Tells whether a text is the code of a currency, in capitals. */
export const isCurrency = (code: string): boolean => KNOWN.has(code);
