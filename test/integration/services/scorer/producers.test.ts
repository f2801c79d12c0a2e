/**
 * Records as other people's producers write them: compressed with every codec of Kafka, and with older
 * and newer versions of the schemas, as far as the registry lets them. All are scored alike.
 */
import avro from 'avsc';
import kafkajs from 'kafkajs';
import { IncompatibleSchema } from '../../../../shared/avro/registry-client.js';
import { recordSchema } from '../../../../shared/avro/record-schemas.js';
import { registerSchema } from '../../../../shared/avro/register-contract.js';
import { createInstallation, type Installation } from '../../../support/installation.js';
import { orderEvent, tickEvent, DAY_MS, FROM_MS } from '../../../support/orders.js';
import { readTopic } from '../../../support/read-topic.js';
import {
  QUICK_SCORER,
  startService,
  type ServiceProcess,
} from '../../../support/service-process.js';
import { expectStoredEqualsFold } from '../../../support/stored-equals-fold.js';
import { scoredUntil } from '../../../support/scored-until.js';

const PARTITIONS = 1;
const ORDER_EVENT = 'kundenpuls.events.OrderEvent';
const { CompressionTypes, CompressionCodecs } = kafkajs;
const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'] as const;
const TYPES = {
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
} as const;
/** Codecs that the client itself can write on every version of Node. */
const CLIENT_CODECS = ['gzip', 'snappy', 'lz4'] as const;
/** Enough for several blocks of a codec. */
const RECORDS_PER_CODEC = 400;

type Reader = { readonly decompress: (buffer: Buffer) => Promise<Buffer> };
type Field = { readonly name: string; readonly default?: unknown };
type Schema = { readonly fields: readonly Field[] };

describe("a scorer and other people's producers", () => {
  let installation: Installation;
  let scorer: ServiceProcess;
  let sent = 0;

  const topic = (): string => installation.topic('customer-events');
  const orderOf = (n: number): object =>
    orderEvent(`C-${String(n % 7)}`, `order-${String(n)}`, {
      orderedAtMs: FROM_MS + n * 60_000,
    }).event;

  const send = async (values: readonly Buffer[], type = CompressionTypes.None): Promise<void> => {
    const producer = installation.kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const messages = values.map((value, i) => ({
      key: `C-${String((sent + i) % 7)}`,
      value,
      partition: 0,
    }));
    await producer.send({ topic: topic(), messages, compression: type });
    sent += values.length;
    await producer.disconnect();
  };

  const orders = (count: number): readonly Buffer[] =>
    Array.from({ length: count }, (_, i) =>
      installation.encoder.encode(ORDER_EVENT, orderOf(sent + i)),
    );

  /** The broker then writes all batches with this codec, by the libraries of Java producers. */
  const compressAtBroker = async (codec: (typeof CODECS)[number] | 'producer'): Promise<void> => {
    const admin = installation.kafka.admin();
    await admin.connect();
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: topic(),
          configEntries: [
            { name: 'compression.type', value: codec },
            { name: 'max.message.bytes', value: String(2 << 20) },
          ],
        },
      ],
    });
    await admin.disconnect();
  };

  /** Reads the log and counts the batches that came through each codec. */
  const readCounted = async () => {
    const counts = new Map<string, number>();
    const originals = CODECS.map((name) => [name, CompressionCodecs[TYPES[name]]] as const);
    for (const [name, original] of originals) {
      const { decompress } = (original as () => Reader)();
      CompressionCodecs[TYPES[name]] = () => ({
        decompress: (buffer: Buffer) => {
          counts.set(name, (counts.get(name) ?? 0) + 1);
          return decompress(buffer);
        },
      });
    }
    try {
      return { records: await readTopic(installation.kafka, topic()), counts };
    } finally {
      for (const [name, original] of originals) CompressionCodecs[TYPES[name]] = original;
    }
  };

  beforeAll(async () => {
    installation = await createInstallation({ partitions: PARTITIONS });
    scorer = startService('scorer', { env: { ...installation.env, ...QUICK_SCORER } });
  }, 60_000);

  afterAll(async () => {
    await scorer.end('SIGKILL');
    await installation.remove();
  }, 30_000);

  it('reads batches of every codec, written by the client and by the broker', async () => {
    for (const codec of CLIENT_CODECS) await send(orders(RECORDS_PER_CODEC), TYPES[codec]);
    for (const codec of CODECS) {
      await compressAtBroker(codec);
      await send(orders(RECORDS_PER_CODEC));
    }
    await compressAtBroker('producer');
    const { records, counts } = await readCounted();
    expect(Object.fromEntries(counts)).toEqual({ gzip: 2, snappy: 2, lz4: 2, zstd: 1 });
    const values = records.map(({ value }) => value?.toString('hex'));
    sent = 0;
    expect(values).toEqual(orders(records.length).map((value) => value.toString('hex')));
    sent = records.length;
  }, 60_000);

  describe('under a registry that keeps schemas readable (BACKWARD)', () => {
    const contract = JSON.parse(recordSchema(ORDER_EVENT).text) as Schema;
    const subject = (): string => `${installation.app}-orders`;
    const register = (schema: Schema): Promise<number> =>
      registerSchema(installation.registry, { name: subject(), text: JSON.stringify(schema) });
    const without = (field: string): Schema => ({
      ...contract,
      fields: contract.fields.filter(({ name }) => name !== field),
    });
    const withField = (field: object): Schema => ({
      ...contract,
      fields: [...contract.fields, field as Field],
    });
    const written = (id: number, schema: Schema, record: object): Buffer => {
      const header = Buffer.alloc(5);
      header.writeUInt32BE(id, 1);
      const type = avro.Type.forSchema(schema as unknown as avro.Schema);
      return Buffer.concat([header, type.toBuffer(record)]);
    };

    it('scores what an older and a newer producer write, each through its own schema', async () => {
      const older = without('channel');
      const newer = withField({ name: 'discountCode', type: 'string', default: '' });
      const olderId = await register(older);
      await register(contract);
      const newerId = await register(newer);
      expect(new Set([olderId, newerId]).size).toBe(2);
      await send([written(olderId, older, orderOf(sent))]);
      await send([written(newerId, newer, { ...orderOf(sent), discountCode: 'WINTER' })]);
      await send(orders(1));
    });

    it.each([
      ['a new field without a default', () => withField({ name: 'mandatory', type: 'string' })],
      [
        'a field of another type',
        () => ({
          ...contract,
          fields: contract.fields.map((field) =>
            field.name === 'documentVersion' ? { ...field, type: 'string' } : field,
          ),
        }),
      ],
      [
        'no symbol for what was written',
        () => ({
          ...contract,
          fields: contract.fields.map((field) =>
            field.name === 'kind'
              ? {
                  name: 'kind',
                  type: {
                    type: 'enum',
                    namespace: 'kundenpuls.events',
                    name: 'OrderKind',
                    symbols: ['placed'],
                  },
                }
              : field,
          ),
        }),
      ],
    ])('refuses %s, in words', async (_what, schema) => {
      const refused = register(schema());
      await expect(refused).rejects.toThrow(IncompatibleSchema);
      await expect(refused).rejects.toThrow(/give new fields a default/);
    });
  });

  it('has scored them all, as a fold of the log says', async () => {
    const tickAtMs = FROM_MS + 2 * DAY_MS;
    await send([installation.encoder.encode('kundenpuls.events.Tick', tickEvent(tickAtMs).event)]);
    await scoredUntil(scorer, { streamTimeMs: tickAtMs, partitions: PARTITIONS });
    const fold = await expectStoredEqualsFold(installation, { partitions: PARTITIONS });
    expect(fold.outcomes).toEqual({ applied: sent, duplicate: 0, ignored: 0, 'dead-letter': 0 });
  }, 60_000);
});
