/** The settings of the delivering services, crm-sync and sales-alerts, with the checks across them. */
import { isLoopback } from './groups.js';
import type { CrossCheck } from './load.js';
import { integerSetting, secretSetting, textSetting, urlSetting } from './setting.js';

/** Settings of a delivering service; `consumer` is its part of the variables' names. */
export const deliveryGroup = (consumer: string, what: string) => ({
  webhookUrl: urlSetting({
    variable: `${consumer}_WEBHOOK_URL`,
    description: `Where ${what} are posted to, signed (Standard Webhooks); empty for no webhook`,
    schemes: ['http://', 'https://'],
    defaultText: '',
  }),
  webhookSecret: secretSetting({
    variable: `${consumer}_WEBHOOK_SECRET`,
    description: 'Secret that signs the webhook, whsec_ and base64 of 24 to 64 bytes',
  }),
  webhookTimeoutMs: integerSetting({
    variable: `${consumer}_WEBHOOK_TIMEOUT_MS`,
    description: 'Longest wait for an answer to one call',
    unit: 'ms',
    min: 100,
    max: 120_000,
    defaultValue: 10_000,
  }),
  webhookInFlightMax: integerSetting({
    variable: `${consumer}_WEBHOOK_IN_FLIGHT`,
    description: 'Calls under way at the same time, to different customers',
    unit: 'calls',
    min: 1,
    max: 256,
    defaultValue: 16,
  }),
  retryDelayMsMax: integerSetting({
    variable: `${consumer}_RETRY_DELAY_MS_MAX`,
    description: 'Longest pause between two tries of one delivery',
    unit: 'ms',
    min: 100,
    max: 3_600_000,
    defaultValue: 60_000,
  }),
  ndjsonFolder: textSetting({
    variable: `${consumer}_NDJSON_FOLDER`,
    description: `Folder that ${what} are appended to as JSON lines; empty for none`,
    defaultText: '',
  }),
});

/** Where the files of the delivering services lie, for those who look for copies. */
export const copiesGroup = {
  crmFolder: deliveryGroup('CRM_SYNC', 'segment changes').ndjsonFolder,
  salesFolder: deliveryGroup('SALES_ALERTS', 'alerts and opportunities').ndjsonFolder,
};

type DeliveryGroup = ReturnType<typeof deliveryGroup>;

const WEBHOOK_SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;

/** Something is delivered, signed, and no customer data travels unencrypted. */
export const checkDelivery =
  (consumer: string): CrossCheck<{ readonly delivery: DeliveryGroup }> =>
  ({ delivery }) => {
    const prefix = `KUNDENPULS_${consumer}`;
    if (delivery.webhookUrl === '') {
      return delivery.ndjsonFolder === ''
        ? [`nothing is delivered: set ${prefix}_WEBHOOK_URL, ${prefix}_NDJSON_FOLDER or both`]
        : [];
    }
    const problems: string[] = [];
    if (!WEBHOOK_SECRET.test(delivery.webhookSecret)) {
      problems.push(
        `${prefix}_WEBHOOK_SECRET must be whsec_ and base64 of 24 to 64 bytes, for example from ` +
          '`echo whsec_$(openssl rand -base64 32)`',
      );
    }
    const { protocol, hostname } = new URL(delivery.webhookUrl);
    if (protocol !== 'https:' && !isLoopback(hostname)) {
      problems.push(`${prefix}_WEBHOOK_URL carries customer data; use https://`);
    }
    return problems;
  };
