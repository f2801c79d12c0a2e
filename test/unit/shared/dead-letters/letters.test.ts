import type { DeadLetter } from '../../../../shared/core/contract.generated.js';
import {
  CannotFix,
  parseAssignment,
  selectLetters,
  setFields,
  type OpenLetter,
} from '../../../../shared/dead-letters/letters.js';

const letter = (outputId: string, overrides: Partial<DeadLetter> = {}): OpenLetter => ({
  partition: 0,
  offset: 0,
  letter: {
    outputId,
    code: 'currency-unknown',
    reason: '',
    topic: 'customer-events',
    partition: 0,
    offset: 1,
    recordedAtMs: 1_000,
    key: null,
    value: null,
    headers: [],
    ...overrides,
  },
});
const ALL = { code: null, topic: null, outputId: null, sinceMs: null, limit: 10 };
const ids = (letters: readonly OpenLetter[]): readonly string[] =>
  letters.map((open) => open.letter.outputId);

describe('the filter of dead letters', () => {
  const letters = [
    letter('young', { recordedAtMs: 3_000, code: 'rate-unknown' }),
    letter('old', { recordedAtMs: 2_000 }),
    letter('other', { recordedAtMs: 4_000, topic: 'erp' }),
  ];

  it.each([
    [{}, ['old', 'young', 'other']],
    [{ code: 'rate-unknown' }, ['young']],
    [{ topic: 'erp' }, ['other']],
    [{ outputId: 'old' }, ['old']],
    [{ sinceMs: 3_000 }, ['young', 'other']],
    [{ limit: 1 }, ['old']],
  ])('lets %j through, the oldest first', (filter, expected) => {
    expect(ids(selectLetters(letters, { ...ALL, ...filter }))).toEqual(expected);
  });
});

describe('mending a record', () => {
  const record = { currency: 'EURO', lines: [{ netAmountMinor: -5 }], note: null };

  it('sets fields by path, in lists too, and leaves the original alone', () => {
    const mended = setFields(record, ['currency="EUR"', 'lines.0.netAmountMinor=5', 'note=null']);
    expect(mended).toEqual({ currency: 'EUR', lines: [{ netAmountMinor: 5 }], note: null });
    expect(record.currency).toBe('EURO');
  });

  it('takes what is no JSON as the text it is, as shells make it', () => {
    expect(parseAssignment('currency=EUR')).toEqual({ path: 'currency', value: 'EUR' });
    expect(parseAssignment('a.b==x')).toEqual({ path: 'a.b', value: '=x' });
  });

  it.each(['colour="red"', 'lines.1.netAmountMinor=5', 'lines.length.x=1', '__proto__.x=1'])(
    'refuses %s, which is no field of the record',
    (assignment) => {
      expect(() => setFields(record, [assignment])).toThrow(CannotFix);
    },
  );

  it('does not take the length of a list for one of its fields', () => {
    expect(() => setFields({ lines: [1, 2] }, ['lines.length=-1'])).toThrow(CannotFix);
    expect(setFields({ lines: [1, 2] }, ['lines.1=3'])).toEqual({ lines: [1, 3] });
  });
});
