/**
 * Hashes an order id to 53 bits, the widest integer a double holds exactly. A ledger stores hashes
 * instead of ids: 7 bytes each, and no id of a person's order in a dump. With 5,000 documents of one
 * customer two ids collide with a probability of about 1.4e-9 (n² / 2^54).
 */

const LANE_SEED_A = 0x9e3779b1;
const LANE_SEED_B = 0x85ebca6b;
const LANE_PRIME_A = 0x27d4eb2f;
const LANE_PRIME_B = 0x165667b1;

/** Mixes the bits of one 32-bit lane (murmur3's finaliser). */
const mix = (lane: number): number => {
  let h = lane;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

/** Returns the hash of an order id: an integer in [0, 2^53). */
export const orderHash = (orderId: string): number => {
  let a = LANE_SEED_A ^ orderId.length;
  let b = LANE_SEED_B;
  for (let i = 0; i < orderId.length; i += 1) {
    const unit = orderId.charCodeAt(i);
    a = Math.imul(a ^ unit, LANE_PRIME_A);
    b = Math.imul(b ^ unit, LANE_PRIME_B);
    b ^= a >>> 15;
  }
  return (mix(a) & 0x1fffff) * 0x100000000 + mix(b ^ (a << 7));
};
