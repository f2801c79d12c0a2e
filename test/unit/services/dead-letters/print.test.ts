import { letterAsJson, letterInWords } from '../../../../services/dead-letters/print.js';
import type { DeadLetter } from '../../../../shared/core/contract.generated.js';

const letter: DeadLetter = {
  outputId: '0-1-1',
  code: 'not-avro',
  reason: 'r',
  topic: 't',
  partition: 0,
  offset: 1,
  recordedAtMs: 1_700_000_000_000,
  key: null,
  headers: [],
  value: null,
};
const open = (recordedAtMs: number) => ({
  letter: { ...letter, recordedAtMs },
  partition: 0,
  offset: 1,
});

describe('a dead letter in print', () => {
  it('has its time as a date', () => {
    expect(letterInWords(open(1_700_000_000_000), null)).toContain('2023-11-14T22:13:20.000Z');
  });

  it('is shown also when its time is none, which a poisoned record may claim', () => {
    expect(letterInWords(open(-9_007_199_254_740_990), null)).toContain(
      'no date (-9007199254740990',
    );
    expect(letterAsJson(open(9e15), null)).toContain('no date (9000000000000000');
  });
});
