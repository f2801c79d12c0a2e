/** Given outbox entries, when they are cut into sends, then a broker would take each of them. */
import type { OutboxEntry } from '../../../../shared/core/ports.js';
import { toSends } from '../../../../shared/kafka/output-publisher.js';

const BROKER_BYTES_MAX = 1 << 20;
const entry = (offset: number, bytes: number): OutboxEntry => ({
  offset,
  ordinal: 1,
  output: 0,
  key: Buffer.from(`c${String(offset)}`),
  value: Buffer.alloc(bytes),
});
const bytesIn = (send: readonly OutboxEntry[]): number =>
  send.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);

test('nothing to publish is no send', () => {
  expect(toSends([])).toEqual([]);
});

test('four thousand changes of a kilobyte are several sends, in order, none too large', () => {
  const entries = Array.from({ length: 4_000 }, (_, offset) => entry(offset, 1_000));
  const sends = toSends(entries);
  expect(sends.flat()).toEqual(entries);
  expect(sends.length).toBeGreaterThan(3);
  expect(Math.max(...sends.map(bytesIn))).toBeLessThan(BROKER_BYTES_MAX);
});

test('small entries share one send', () => {
  expect(toSends([entry(1, 100), entry(2, 100), entry(3, 100)])).toHaveLength(1);
});

test('an entry that is larger than a send goes alone', () => {
  const sends = toSends([entry(1, 10), entry(2, 2 << 20), entry(3, 10)]);
  expect(sends.map((send) => send.map(({ offset }) => offset))).toEqual([[1], [2], [3]]);
});
