/**
 * Kafka's default partitioner for keyed records: murmur2 of the key's bytes, modulo partitions. The
 * replay over files partitions customers as the brokers' clients do, so that both see the same logs.
 */

const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

/** murmur2 (Appleby 2008) with Kafka's seed; a signed 32-bit integer. */
export const murmur2 = (bytes: Uint8Array): number => {
  const { length } = bytes;
  let h = SEED ^ length;
  let at = 0;
  for (; length - at >= 4; at += 4) {
    let k =
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24);
    k = Math.imul(k, M);
    k = Math.imul(k ^ (k >>> R), M);
    h = Math.imul(h, M) ^ k;
  }
  const rest = length - at;
  if (rest > 0) {
    if (rest === 3) h ^= (bytes[at + 2] ?? 0) << 16;
    if (rest >= 2) h ^= (bytes[at + 1] ?? 0) << 8;
    h = Math.imul(h ^ (bytes[at] ?? 0), M);
  }
  h = Math.imul(h ^ (h >>> 13), M);
  return h ^ (h >>> 15);
};

const encoder = new TextEncoder();

/** Returns the partition of a customer, as the Java client and kafkajs choose it. */
export const partitionOf = (customerId: string, partitionCount: number): number =>
  (murmur2(encoder.encode(customerId)) & 0x7fffffff) % partitionCount;
