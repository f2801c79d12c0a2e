/** Bytes as they come when something went wrong on the way: cut, flipped, repeated, made up. */
import fc from 'fast-check';

type Mutation = (bytes: Buffer) => Buffer;

const at = (bytes: Buffer, share: number): number => Math.floor(share * bytes.length);
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** What a length or a count becomes when it is meant to harm: huge, negative, never ending. */
const LENGTHS: readonly Buffer[] = [
  Buffer.from([0xfe, 0xff, 0xff, 0xff, 0x0f]),
  Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]),
  Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
  Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80]),
  Buffer.from([0x01]),
];

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  share.map((end) => (bytes: Buffer) => bytes.subarray(0, at(bytes, end))),
  fc.tuple(share, fc.nat(255)).map(([where, value]) => (bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[at(copy, where)] = value;
    return copy;
  }),
  fc.tuple(share, fc.constantFrom(...LENGTHS)).map(([where, length]) => (bytes: Buffer) => {
    const from = at(bytes, where);
    return Buffer.concat([bytes.subarray(0, from), length, bytes.subarray(from + 1)]);
  }),
  fc.tuple(share, share).map(([from, to]) => (bytes: Buffer) => {
    const part = bytes.subarray(at(bytes, Math.min(from, to)), at(bytes, Math.max(from, to)));
    return Buffer.concat([bytes, part, part]);
  }),
  fc.uint8Array({ maxLength: 40 }).map((more) => (bytes: Buffer) => Buffer.concat([bytes, more])),
);

/** Bytes of a valid value after one to four mutations. */
export const mutated = (valid: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> =>
  fc
    .tuple(valid, fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([bytes, mutations]) => mutations.reduce((value, mutate) => mutate(value), bytes));

/** Bytes without any plan. */
export const anyBytes: fc.Arbitrary<Buffer> = fc
  .uint8Array({ maxLength: 300 })
  .map((bytes) => Buffer.from(bytes));
