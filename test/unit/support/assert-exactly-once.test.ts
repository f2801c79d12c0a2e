import { describe, expect, it } from '@jest/globals';
import {
  assertNoDuplicates,
  assertNoGaps,
  assertSameOrder,
  type Identified,
} from '../../support/assert-exactly-once.js';

const output = (text: string | null, partition = 0, topic = 'scores'): Identified => ({
  topic,
  partition,
  key: Buffer.from('k'),
  value: text === null ? null : Buffer.from(text),
});
const expected = [output('a'), output('b'), output('b', 1), output(null), output('c')];

describe('assertNoDuplicates', () => {
  it('is silent when everything is there once, in any order', () => {
    expect(() => {
      assertNoDuplicates(expected, [...expected].reverse());
    }).not.toThrow();
  });

  it('throws when one output is there twice', () => {
    expect(() => {
      assertNoDuplicates(expected, [...expected, output('b', 1)]);
    }).toThrow('scores/1 has 2 times instead of 1');
  });

  it('counts tombstones of one key, which repeat legitimately', () => {
    const twice = [...expected, output(null)];
    expect(() => {
      assertNoDuplicates(twice, twice);
    }).not.toThrow();
    expect(() => {
      assertNoDuplicates(expected, twice);
    }).toThrow('2 times');
  });
});

describe('assertNoGaps', () => {
  it('is silent when everything is there', () => {
    expect(() => {
      assertNoGaps(expected, [...expected].reverse());
    }).not.toThrow();
  });

  it('throws when an output is missing, also when another partition has it', () => {
    const without = expected.filter(({ partition }) => partition !== 1);
    expect(() => {
      assertNoGaps(expected, without);
    }).toThrow('scores/1 lacks');
  });

  it('throws when an output is there that nobody expects', () => {
    expect(() => {
      assertNoGaps(expected, [...expected, output('x')]);
    }).toThrow('nobody expects');
    expect(() => {
      assertNoGaps(expected, [...expected, output('a', 0, 'other')]);
    }).toThrow('other/0 has what nobody expects');
  });
});

describe('assertSameOrder', () => {
  it('is silent however partitions are interleaved', () => {
    const interleaved = [output('b', 1), output('a'), output('b'), output(null), output('c')];
    expect(() => {
      assertSameOrder(expected, interleaved);
    }).not.toThrow();
  });

  it('throws when two outputs of a partition are swapped', () => {
    const swapped = [output('b'), output('a'), output('b', 1), output(null), output('c')];
    expect(() => {
      assertSameOrder(expected, swapped);
    }).toThrow('at 0');
  });

  it('throws when outputs follow the expected ones', () => {
    expect(() => {
      assertSameOrder(expected, [...expected, output('c')]);
    }).toThrow('too many');
  });
});
