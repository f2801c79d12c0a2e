import { createRecordDecoder, isRefusal } from '../../../../shared/avro/record-decoder.js';
import type { DeadLetter, OrderEvent } from '../../../../shared/core/contract.generated.js';
import { partitionOf } from '../../../../shared/core/partitioner.js';
import { openLetterChanger } from '../../../../shared/service/letter-box.js';
import { createInstallation, type Installation } from '../../../support/installation.js';
import { readTopic } from '../../../support/read-topic.js';
import { startService } from '../../../support/service-process.js';

const PARTITIONS = 3;
const ORDER: OrderEvent = {
  eventId: 'e-1',
  occurredAtMs: 1_000,
  customerId: 'C-1',
  orderId: 'O-1',
  documentVersion: 1,
  kind: 'placed',
  orderedAtMs: 1_000,
  currency: 'EURO',
  channel: 'shop',
  lines: [{ lineId: '1', sku: 'S', productGroup: 'oil', quantity: 1, netAmountMinor: 500 }],
};

describe('kundenpuls dead-letters', () => {
  let installation: Installation;

  const command = async (...args: string[]): Promise<{ code: number | null; output: string }> => {
    const service = startService('dead-letters', { env: installation.env, args });
    const code = await service.exited;
    return { code, output: service.output() };
  };

  const letter = (outputId: string, overrides: Partial<DeadLetter>): DeadLetter => ({
    outputId,
    code: 'currency-unknown',
    reason: 'The currency is not an ISO 4217 code. Correct it at the source.',
    topic: installation.topic('customer-events'),
    partition: 0,
    offset: 7,
    recordedAtMs: Date.now() - 3 * 3_600_000,
    key: Buffer.from('C-1'),
    value: installation.encoder.encode('kundenpuls.events.OrderEvent', ORDER),
    headers: [],
    ...overrides,
  });

  const seed = async (letters: readonly DeadLetter[]): Promise<void> => {
    const producer = installation.kafka.producer();
    await producer.connect();
    await producer.send({
      topic: installation.topic('dead-letters'),
      messages: letters.map((value) => ({
        key: value.outputId,
        value: installation.encoder.encode('kundenpuls.outputs.DeadLetter', value),
      })),
    });
    await producer.disconnect();
  };

  const decodeAll = async (topic: 'customer-events' | 'replays') => {
    const decoder = createRecordDecoder({ registry: installation.registry });
    const records = await readTopic(installation.kafka, installation.topic(topic));
    await decoder.prepare(records.map(({ value }) => value));
    return records.map((record) => {
      const decoded = decoder.decode(record.value);
      if (isRefusal(decoded)) throw new Error(decoded.detail);
      return { ...record, decoded: decoded.record };
    });
  };

  beforeAll(async () => {
    installation = await createInstallation({ partitions: PARTITIONS });
    await seed([
      letter('0-7-1', {}),
      letter('0-8-1', { code: 'not-avro', offset: 8, key: null, value: Buffer.from([1, 2, 3]) }),
      letter('ingest-erp-0-9', {
        code: 'mapping-failed',
        topic: 'erp',
        offset: 9,
        key: Buffer.from('O-9'),
        value: Buffer.from('{"customer":"","amount":"12,5"}'),
      }),
      letter('late', { offset: 10 }),
    ]);
  }, 60_000);

  afterAll(() => installation.remove(), 30_000);

  it('lists what is open in words, with place, age and customer', async () => {
    const { code, output } = await command('list');
    expect(code).toBe(0);
    expect(output).toMatch(/ID +CODE +AGE +FROM +CUSTOMER +REASON/);
    expect(output).toMatch(
      /0-7-1 +currency-unknown +3 h +\S+customer-events\/0@7 +C-1 +The currency/,
    );
    expect(output).toMatch(/0-8-1 +not-avro/);
  }, 30_000);

  it('shows a record decoded as far as it can be, whatever it is', async () => {
    const order = await command('show', '--id', '0-7-1');
    expect(order.output).toContain('"currency": "EURO"');
    const bytes = await command('show', '--id', '0-8-1');
    expect(bytes.output).toContain('not decodable, 3 bytes: 01 02 03');
    const foreign = await command('show', '--topic', 'erp', '--json');
    expect(foreign.output).toContain('"record":{"customer":"","amount":"12,5"}');
  }, 40_000);

  it('mends a record and sends it once, however often it is told to', async () => {
    const fixed = await command('fix', '--id', '0-7-1', '--set', 'currency="EUR"');
    expect(fixed.output).toContain('"currency": "EUR"');
    const first = await command('replay', '--id', '0-7-1');
    expect(first.output).toContain('replayed 0-7-1');
    const second = await command('replay', '--id', '0-7-1');
    expect(second.code).toBe(1);
    expect(second.output).toContain('no open dead letter');
    const [record, ...more] = await decodeAll('customer-events');
    expect(more).toEqual([]);
    expect(record?.decoded).toEqual({ ...ORDER, currency: 'EUR' });
    expect(record?.key?.toString()).toBe('C-1');
    expect(record?.partition).toBe(partitionOf('C-1', PARTITIONS));
  }, 60_000);

  it("gives another service's letter back to it, mended, with its own coordinates", async () => {
    await command('fix', '--id', 'ingest-erp-0-9', '--set', 'customer="C-9"');
    await command('replay', '--topic', 'erp');
    const [record, ...more] = await decodeAll('replays');
    expect(more).toEqual([]);
    const sent = record?.decoded as DeadLetter;
    expect([sent.topic, sent.partition, sent.offset]).toEqual(['erp', 0, 9]);
    expect(Buffer.from(sent.value ?? []).toString()).toBe('{"customer":"C-9","amount":"12,5"}');
  }, 40_000);

  it('says what it cannot do, in a sentence, and changes nothing', async () => {
    const bytes = await command('fix', '--id', '0-8-1', '--set', 'currency="EUR"');
    expect([bytes.code, bytes.output]).toEqual([1, expect.stringContaining('cannot be decoded')]);
    const many = await command('drop', '--reason', 'no');
    expect([many.code, many.output]).toEqual([1, expect.stringContaining('add --yes')]);
    const unfit = await command('fix', '--id', 'late', '--set', 'documentVersion="one"');
    expect([unfit.code, unfit.output]).toEqual([1, expect.stringContaining('fit its schema')]);
    const unknown = await command('burn');
    expect([unknown.code, unknown.output]).toEqual([1, expect.stringContaining('none of list')]);
  }, 60_000);

  it('fences a run that was overtaken, so that a letter is never sent by both', async () => {
    const { app, kafka, registry } = installation;
    const options = { kafka, registry, topicPrefix: `${app}.`, group: `${app}-dead-letters` };
    const slow = await openLetterChanger(options);
    const open = await slow.readOpen();
    const late = open.find((each) => each.letter.outputId === 'late');
    if (late === undefined) throw new Error('the letter is not open');
    const { code } = await command('replay', '--id', 'late');
    expect(code).toBe(0);
    const who = { doneBy: 'slow', reason: '', doneAtMs: 0 };
    await expect(slow.replay(late, who)).rejects.toThrow();
    await slow.close().catch(() => undefined);
    const sent = await decodeAll('customer-events');
    expect(sent).toHaveLength(2);
  }, 60_000);

  it('drops a letter for good', async () => {
    const unexplained = await command('drop', '--id', '0-8-1');
    expect([unexplained.code, unexplained.output]).toEqual([
      1,
      expect.stringContaining('drop needs --reason'),
    ]);
    const reason = 'three bytes of a test of the ERP';
    const dropped = await command('drop', '--id', '0-8-1', '--reason', reason, '--by', 'ines');
    expect(dropped.output).toContain('dropped 0-8-1');
    expect((await command('list')).output).toContain('no dead letters');
  }, 60_000);

  it('keeps who did what to which letter, and why', async () => {
    const { output } = await command('history');
    expect(output).toMatch(/WHEN +WHAT +ID +CODE +FROM +BY +REASON/);
    const told = output.split('\n').map((line) => line.split(/ {2,}/).slice(1, 3).join(' '));
    expect(told.slice(1, -1)).toEqual([
      'fixed 0-7-1',
      'replayed 0-7-1',
      'fixed ingest-erp-0-9',
      'replayed ingest-erp-0-9',
      'replayed late',
      'dropped 0-8-1',
    ]);
    const dropped = await command('history', '--id', '0-8-1', '--json');
    expect(JSON.parse(dropped.output)).toMatchObject({
      action: 'dropped',
      doneBy: 'ines',
      reason: 'three bytes of a test of the ERP',
      offset: 8,
    });
  }, 40_000);
});
