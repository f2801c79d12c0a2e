/**
 * Everything that may be wrong with a record, on one log among good records: each bad one becomes a dead
 * letter with its reason, bytes, headers and coordinates, each good one is scored, nothing stops.
 */
import { createHash, randomBytes } from 'node:crypto';
import kafkajs, { type Message } from 'kafkajs';
import { createRecordDecoder, isRefusal } from '../../../../shared/avro/record-decoder.js';
import type { DeadLetter, OrderEvent } from '../../../../shared/core/contract.generated.js';
import type { InputEvent } from '../../../../shared/core/engine/input-event.js';
import { partitionOf } from '../../../../shared/core/partitioner.js';
import type { ReasonCode } from '../../../../shared/core/validation/reasons.js';
import { createInstallation, type Installation } from '../../../support/installation.js';
import { foldInput } from '../../../support/oracle.js';
import { DAY_MS, FROM_MS, orderEvent, tickEvent } from '../../../support/orders.js';
import { readTopic, type ReadRecord } from '../../../support/read-topic.js';
import { scoredUntil } from '../../../support/scored-until.js';
import {
  QUICK_SCORER,
  startService,
  type ServiceProcess,
} from '../../../support/service-process.js';
import { expectStoredEqualsFold } from '../../../support/stored-equals-fold.js';

const PARTITIONS = 2;
const CUSTOMER = 'C-bad';
const MIB = 1 << 20;
const NO_SCHEMA_ID = 2_000_000_000;

type Bad = { readonly code: ReasonCode; readonly what: string; readonly message: Message };

/** Compared instead of the bytes: a megabyte makes no readable difference. */
const hashOf = (value: Uint8Array | null): string =>
  value === null ? 'no value' : createHash('sha256').update(value).digest('hex');

const withId = (id: number, body: Buffer): Buffer => {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(id, 1);
  return Buffer.concat([header, body]);
};

describe('a scorer and a log with everything that may be wrong with a record', () => {
  let installation: Installation;
  let scorer: ServiceProcess;
  let bad: readonly Bad[];
  let letters: readonly DeadLetter[];
  const at = partitionOf(CUSTOMER, PARTITIONS);

  const encode = ({ type, event }: InputEvent): Buffer =>
    installation.encoder.encode(`kundenpuls.events.${type}`, event);
  const order = (change: Partial<OrderEvent>): Buffer =>
    encode(orderEvent(CUSTOMER, change.orderId ?? 'bad', { orderedAtMs: FROM_MS, ...change }));
  const line = { lineId: '1', sku: 'S', productGroup: 'G', quantity: 1, netAmountMinor: 100 };

  const createBad = async (): Promise<readonly Bad[]> => {
    const good = order({});
    const foreign = await installation.registry.register(
      `${installation.app}-foreign`,
      JSON.stringify({ type: 'record', name: 'Foreign', fields: [{ name: 'a', type: 'int' }] }),
    );
    const erased = { requestId: 'r', outputId: '0-0-1', asOfMs: FROM_MS };
    const output = installation.encoder.encode('kundenpuls.outputs.ErasureCompleted', erased);
    const cases: readonly [ReasonCode, string, Buffer | null, (string | null)?][] = [
      ['value-missing', 'no value', null],
      ['not-avro', 'text', Buffer.from('{"order":"4711"}')],
      ['not-avro', 'no bytes', Buffer.alloc(0)],
      ['undecodable', 'cut off', good.subarray(0, good.length - 4)],
      ['undecodable', 'bytes behind its end', Buffer.concat([good, Buffer.from([1, 2])])],
      ['undecodable', 'noise', withId(good.readUInt32BE(1), Buffer.alloc(64, 0xff))],
      ['schema-unknown', 'a schema nobody registered', withId(NO_SCHEMA_ID, Buffer.from([1]))],
      ['event-unexpected', "somebody else's record", withId(foreign, Buffer.from([2]))],
      ['event-unexpected', 'an output instead of an event', output],
      ['record-too-large', 'more than 1 MB', withId(good.readUInt32BE(1), randomBytes(MIB))],
      ['customer-missing', 'no customer', order({ customerId: '' })],
      ['key-mismatch', 'no key', good, null],
      ['key-mismatch', "somebody else's key", good, 'C-other'],
      ['order-id-missing', 'no order id', order({ orderId: '' })],
      ['document-version-invalid', 'version 0', order({ documentVersion: 0 })],
      ['amount-negative', 'a negative amount', order({ lines: [{ ...line, netAmountMinor: -1 }] })],
      ['amount-absurd', 'an absurd amount', order({ lines: [{ ...line, netAmountMinor: 2e13 }] })],
      ['quantity-invalid', 'no number', order({ lines: [{ ...line, quantity: Number.NaN }] })],
      ['name-too-long', 'a novel', order({ lines: [{ ...line, sku: 'x'.repeat(201) }] })],
      ['currency-unknown', 'no currency', order({ orderId: 'mend-me', currency: 'EURO' })],
      ['rate-unknown', 'no rate yet', order({ currency: 'USD' })],
      ['date-future', 'next month', order({ orderedAtMs: FROM_MS + 60 * DAY_MS })],
      ['date-ancient', '1970', order({ orderedAtMs: 0 })],
    ];
    return cases.map(([code, what, value, key = CUSTOMER], i) => ({
      code,
      what,
      message: { key, value, partition: at, headers: { trace: [`t-${String(i)}`, 'again'], what } },
    }));
  };

  const readLetters = async (): Promise<readonly DeadLetter[]> => {
    const decoder = createRecordDecoder({ registry: installation.registry });
    const records = await readTopic(installation.kafka, installation.topic('dead-letters'));
    await decoder.prepare(records.map(({ value }) => value));
    return records.flatMap(({ value }) => {
      if (value === null) return [];
      const decoded = decoder.decode(value);
      if (isRefusal(decoded)) throw new Error(decoded.detail);
      return [decoded.record as DeadLetter];
    });
  };

  /** Every bad record between two good ones, a tick first: it sets the time that dates are held to. */
  const publish = async (): Promise<void> => {
    const producer = installation.kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const topic = installation.topic('customer-events');
    const send = (...messages: Message[]) => producer.send({ topic, messages });
    const tick = (atMs: number): Message[] =>
      Array.from({ length: PARTITIONS }, (_, partition) => ({
        key: null,
        value: encode(tickEvent(atMs)),
        partition,
      }));
    await send(...tick(FROM_MS));
    for (const [i, { message }] of bad.entries()) {
      const id = `C-good-${String(i % 4)}`;
      const value = encode(orderEvent(id, `good-${String(i)}`));
      await send(message);
      await send({ key: id, value, partition: partitionOf(id, PARTITIONS) });
    }
    const many = Array.from({ length: 15_000 }, (_, i) => ({
      ...line,
      lineId: String(i),
      sku: `part-${String(i % 500)}-${'x'.repeat(40)}`,
    }));
    const large = order({ orderId: 'large', lines: many });
    expect(large.length).toBeGreaterThan(0.9 * MIB);
    await send({ key: CUSTOMER, value: large, partition: at });
    await send(...tick(FROM_MS + DAY_MS));
    await send(...tick(FROM_MS + 2 * DAY_MS));
    await producer.disconnect();
  };

  const untilScored = (streamTimeMs: number): Promise<void> =>
    scoredUntil(scorer, { streamTimeMs, partitions: PARTITIONS });

  beforeAll(async () => {
    installation = await createInstallation({ partitions: PARTITIONS });
    scorer = startService('scorer', { env: { ...installation.env, ...QUICK_SCORER } });
    bad = await createBad();
    await publish();
    await untilScored(FROM_MS + 2 * DAY_MS);
    letters = await readLetters();
  }, 90_000);

  afterAll(async () => {
    await scorer.end('SIGKILL');
    await installation.remove();
  }, 30_000);

  it('gives each its reason', () => {
    const told = new Map(
      letters.map(({ headers, code }) => [
        Buffer.from(headers.at(-1)?.value ?? []).toString(),
        code,
      ]),
    );
    expect(Object.fromEntries(told)).toEqual(
      Object.fromEntries(bad.map(({ what, code }) => [what, code])),
    );
    expect(letters).toHaveLength(bad.length);
    for (const { reason } of letters) expect(reason).toMatch(/^[A-Z].*\./);
  });

  it('keeps key, value, headers, time and coordinates of each as they were', async () => {
    const topic = installation.topic('customer-events');
    const records = await readTopic(installation.kafka, topic);
    const byOffset = new Map<string, ReadRecord>(
      records.map((record) => [`${String(record.partition)}@${record.offset}`, record]),
    );
    for (const letter of letters) {
      const source = byOffset.get(`${String(letter.partition)}@${String(letter.offset)}`);
      expect(letter.topic).toBe(topic);
      expect(letter.recordedAtMs).toBe(Number(source?.timestamp));
      const { key, value, headers } = letter;
      expect(key === null ? null : Buffer.from(key)).toEqual(source?.key);
      expect(hashOf(value)).toBe(hashOf(source?.value ?? null));
      expect(headers.map(({ name }) => name)).toEqual(['trace', 'trace', 'what']);
      const [first, second] = headers.map((header) => Buffer.from(header.value ?? []).toString());
      expect([first, second]).toEqual([expect.stringMatching(/^t-\d+$/), 'again']);
    }
  });

  it('scores every good record around them, also one of a megabyte', async () => {
    const fold = await expectStoredEqualsFold(installation, { partitions: PARTITIONS });
    expect(fold.outcomes).toEqual({
      applied: bad.length + 1 + 3 * PARTITIONS,
      duplicate: 0,
      ignored: 0,
      'dead-letter': bad.length,
    });
    const report = await fetch(`${await scorer.url()}/health/ready`);
    expect(report.status).toBe(200);
  });

  it('never sees a compressed batch whose body is broken: the broker refuses it', async () => {
    const { CompressionCodecs, CompressionTypes } = kafkajs;
    const codec = CompressionCodecs[CompressionTypes.GZIP];
    const producer = installation.kafka.producer({ retry: { retries: 0 } });
    await producer.connect();
    try {
      CompressionCodecs[CompressionTypes.GZIP] = () => ({
        compress: () => Promise.resolve(randomBytes(200)),
        decompress: () => Promise.reject(new Error('not read here')),
      });
      const broken = producer.send({
        topic: installation.topic('customer-events'),
        compression: CompressionTypes.GZIP,
        messages: [{ key: CUSTOMER, value: order({}), partition: at }],
      });
      await expect(broken).rejects.toThrow();
    } finally {
      CompressionCodecs[CompressionTypes.GZIP] = codec;
      await producer.disconnect();
    }
  });

  describe('and the command that settles them', () => {
    const command = async (...args: string[]): Promise<{ code: number | null; output: string }> => {
      const service = startService('dead-letters', { env: installation.env, args });
      return { code: await service.exited, output: service.output() };
    };

    it('lists and shows them, each with what can be read of it', async () => {
      const [listed, shown] = await Promise.all([
        command('list', '--json'),
        command('show', '--code', 'not-avro'),
      ]);
      const codes = listed.output
        .trim()
        .split('\n')
        .map((text) => (JSON.parse(text) as { code: string }).code);
      expect(codes.sort()).toEqual(bad.map(({ code }) => code).sort());
      expect(shown.output).toContain('"order": "4711"');
      expect(shown.output).toMatch(/header +trace: t-\d+/);
    }, 40_000);

    it('sends a mended record the normal way, once, with its headers', async () => {
      const id = letters.find(({ code }) => code === 'currency-unknown')?.outputId ?? '';
      expect((await command('fix', '--id', id, '--set', 'currency="EUR"')).code).toBe(0);
      expect((await command('replay', '--id', id)).code).toBe(0);
      expect((await command('replay', '--id', id)).code).toBe(1);
      const records = await readTopic(installation.kafka, installation.topic('customer-events'));
      const mended = order({ orderId: 'mend-me' });
      const sent = records.filter(({ value }) => value?.equals(mended) === true);
      expect(sent.map(({ key, partition }) => [key?.toString(), partition])).toEqual([
        [CUSTOMER, at],
      ]);
      expect(sent[0]?.headers?.['what']?.toString()).toBe('no currency');
    }, 40_000);

    it('gives the others up with a reason, and no letter is left', async () => {
      const all = ['--yes', '--reason', 'all of them were made to be wrong'];
      const dropped = await command('drop', ...all);
      expect([dropped.code, dropped.output.trim().split('\n').length]).toEqual([0, bad.length - 1]);
      expect((await command('list')).output).toContain('no dead letters');
    }, 40_000);

    it('leaves the state that a fold of the log gives, the mended order in it', async () => {
      const producer = installation.kafka.producer();
      await producer.connect();
      const value = encode(tickEvent(FROM_MS + 3 * DAY_MS));
      const messages = [0, 1].map((partition) => ({ key: null, value, partition }));
      await producer.send({ topic: installation.topic('customer-events'), messages });
      await producer.disconnect();
      await untilScored(FROM_MS + 3 * DAY_MS);
      const fold = await foldInput(installation, PARTITIONS);
      const customer = fold.partitions[at]?.customers.get(CUSTOMER);
      // The large one and the mended one.
      expect(customer?.ledger.count).toBe(2);
    }, 40_000);
  });
});
