/**
 * Streaming a file through the real stack gives what replay gives on the same file, to the last digit:
 * every record of every output topic is compared, for all customers, their ids included.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readOnlineRetail } from '../../../bench/backtest/datasets/online-retail.js';
import { packageRoot } from '../../../shared/avro/package-root.js';
import { createRecordDecoder, isRefusal } from '../../../shared/avro/record-decoder.js';
import type { EngineOutput } from '../../../shared/core/engine/engine.js';
import { builtinModel, type ModelArtefact } from '../../../shared/core/models/artefact.js';
import type { Rulebook } from '../../../shared/core/rulebook/rulebook.js';
import type { TopicName } from '../../../shared/kafka/topics.js';
import { createReplayLog } from '../../../shared/pipeline/replay-partitions.js';
import { scoreOrders } from '../../../shared/pipeline/score-orders.js';
import { openOrderFile } from '../../../shared/service/score-file.js';
import { createInstallation, type Installation } from '../../support/installation.js';
import { orderRowsOf, writeOrderFile } from '../../support/order-file.js';
import { readTopic } from '../../support/read-topic.js';
import { QUICK_SCORER, startService } from '../../support/service-process.js';
import { waitUntilApplied } from '../../support/wait-applied.js';

const PARTITIONS = 4;
const HORIZON_DAYS = 91;
const TIMEOUT_MS = 480_000;
/** Beside the project, or wherever DATA_FOLDER says (a worktree lies elsewhere). */
const DATA = process.env['DATA_FOLDER'] ?? join(packageRoot(), '..', 'shared', 'data');
const RETAIL = join(DATA, 'online_retail.csv.gz');
const TOPICS = {
  'segment-changed': 'segment-changes',
  'under-performance-alert': 'under-performance-alerts',
  'sales-opportunity': 'sales-opportunities',
  'customer-score': 'customer-scores',
} as const satisfies Partial<Record<EngineOutput['kind'], TopicName>>;
type Kind = keyof typeof TOPICS;
const KINDS = Object.keys(TOPICS) as Kind[];

type Output = { readonly outputId: string; readonly customerId: string };
type Outputs = Record<Kind, Map<string, Output>>;
const emptyOutputs = (): Outputs => ({
  'segment-changed': new Map(),
  'under-performance-alert': new Map(),
  'sales-opportunity': new Map(),
  'customer-score': new Map(),
});
const isKind = (kind: string): kind is Kind => kind in TOPICS;

/** What replay gives on the file. */
const replayFile = async (orders: string, asOfMs: number): Promise<Outputs> => {
  const file = await openOrderFile({ orders, horizonDays: HORIZON_DAYS }, () => undefined);
  const rulebooks = new Map<string, Rulebook>();
  const models = new Map<string, ModelArtefact>([[builtinModel.version, builtinModel]]);
  const outputs = emptyOutputs();
  const log = createReplayLog(PARTITIONS, {
    artefacts: {
      rulebook: (version) => rulebooks.get(version) ?? null,
      model: (version) => models.get(version) ?? null,
    },
    onOutput: (output) => {
      if (!isKind(output.kind) || !('record' in output)) return;
      const record = output.record as Output;
      outputs[output.kind].set(record.outputId, structuredClone(record));
    },
  });
  const steps = scoreOrders({
    orders: file.rows.events(asOfMs),
    asOfMs,
    rulebook: file.rulebook,
    rates: file.rates,
    onTraining: () => undefined,
  });
  for (const step of steps) {
    if (step.kind === 'rulebook') rulebooks.set(step.content.version, step.content);
    else if (step.kind === 'model') models.set(step.content.version, step.content);
    else log.publish(step.event);
  }
  return outputs;
};

/** What the scorer published, decoded. */
const readOutputs = async ({ kafka, registry, topic }: Installation): Promise<Outputs> => {
  const decoder = createRecordDecoder({ registry });
  const outputs = emptyOutputs();
  for (const kind of KINDS) {
    for (const { value } of await readTopic(kafka, topic(TOPICS[kind]))) {
      await decoder.prepare([value]);
      const decoded = decoder.decode(value);
      if (isRefusal(decoded)) throw new Error(`${kind}: ${decoded.code} ${decoded.detail}`);
      const record = decoded.record as Output;
      outputs[kind].set(record.outputId, record);
    }
  }
  return outputs;
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON with sorted fields: a decoder has them in the order of the schema, the core in its own. */
const plain = (record: unknown): string =>
  JSON.stringify(record, (_, value: unknown) =>
    isObject(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );

describe('streaming a file', () => {
  let installation: Installation;
  let folder: string;
  beforeEach(async () => {
    installation = await createInstallation({ partitions: PARTITIONS });
    folder = mkdtempSync(join(tmpdir(), 'stream-'));
  }, TIMEOUT_MS);
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    await installation.remove();
  });

  const expectSame = async (rows: readonly string[], asOf: string): Promise<void> => {
    const orders = join(folder, 'orders.csv');
    writeOrderFile(orders, rows);
    const { env } = installation;
    const scorer = startService('scorer', { env: { ...env, ...QUICK_SCORER } });
    try {
      await scorer.line(({ event }) => event === 'metrics_served');
      const args = ['--orders', orders, '--as-of', asOf, '--horizon-days', String(HORIZON_DAYS)];
      const stream = startService('stream', { env, args });
      const expected = await replayFile(orders, Date.parse(`${asOf}T00:00:00Z`));
      // Signal 0 only asks whether it is there; the command ends by itself.
      const code = await new Promise((resolve) => {
        if (stream.child.exitCode === null) stream.child.on('close', resolve);
        else resolve(stream.child.exitCode);
      });
      expect({ code, said: stream.output() }).toMatchObject({ code: 0 });
      const url = env['KUNDENPULS_REDIS_URL'] ?? '';
      await waitUntilApplied(installation, { url, partitions: PARTITIONS });
      const found = await readOutputs(installation);
      for (const kind of KINDS) {
        expect(found[kind].size).toBe(expected[kind].size);
        const differing = [...expected[kind]].filter(
          ([id, record]) => plain(found[kind].get(id)) !== plain(record),
        );
        const shown = differing.slice(0, 2);
        expect(shown.map(([id]) => plain(found[kind].get(id)))).toEqual(
          shown.map(([, record]) => plain(record)),
        );
      }
      expect(expected['customer-score'].size).toBeGreaterThan(0);
      expect(expected['segment-changed'].size).toBeGreaterThan(0);
    } finally {
      expect(await scorer.end('SIGTERM')).toBe(0);
    }
  };

  it(
    'ends in the outputs of a replay, on a small file',
    () =>
      expectSame(orderRowsOf({ customers: 40, fromDay: '2023-01-01', days: 450 }), '2024-03-01'),
    TIMEOUT_MS,
  );

  const withRetail = existsSync(RETAIL) ? it : it.skip;
  if (!existsSync(RETAIL)) process.stderr.write(`SKIPPED: stream = replay, no ${RETAIL}\n`);
  withRetail(
    'ends in the outputs of a replay, on a year of real wholesale for all customers',
    () => {
      const { events, currency } = readOnlineRetail(DATA);
      const rows = [...events].flatMap((event) =>
        event.lines.map((line) => {
          const sign = event.kind === 'returned' ? -1 : 1;
          const at = new Date(event.orderedAtMs).toISOString();
          const [quantity, amount] = [sign * line.quantity, (sign * line.netAmountMinor) / 100];
          return [
            event.orderId,
            line.lineId,
            event.customerId,
            at,
            line.sku,
            line.productGroup,
            quantity,
            amount.toFixed(2),
            currency,
            'GB',
          ].join(',');
        }),
      );
      return expectSame(rows, '2011-08-31');
    },
    TIMEOUT_MS,
  );
});
