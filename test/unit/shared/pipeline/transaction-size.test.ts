import {
  nextTransactionSize,
  TRANSACTION_ENTRIES_MAX,
} from '../../../../shared/pipeline/transaction-size.js';

const FAILED = { isCommitted: false } as const;
const committed = (tookMs: number) => ({ isCommitted: true, tookMs }) as const;

describe('the size of a transaction', () => {
  it('is halved after a failure, by what was tried and not by what was allowed', () => {
    expect(nextTransactionSize(4_000, 4_000, FAILED)).toBe(2_000);
    expect(nextTransactionSize(4_000, 100, FAILED)).toBe(50);
    // One source record may have more outputs than is allowed.
    expect(nextTransactionSize(10, 5_000, FAILED)).toBe(5);
  });

  it('never is less than one output', () => {
    expect(nextTransactionSize(1, 1, FAILED)).toBe(1);
    expect(nextTransactionSize(4_000, 0, FAILED)).toBe(1);
  });

  it('is halved after a success that nearly timed out', () => {
    expect(nextTransactionSize(1_000, 800, committed(5_001))).toBe(400);
  });

  it('doubles after a quick success, up to the maximum', () => {
    expect(nextTransactionSize(1, 1, committed(5_000))).toBe(2);
    expect(nextTransactionSize(3_000, 100, committed(10))).toBe(TRANSACTION_ENTRIES_MAX);
  });

  it.each([0.5, 4, 15, 60, 400, 14_000])(
    'settles below a time-out of 15 s when an output takes %d ms',
    (entryMs) => {
      let size = TRANSACTION_ENTRIES_MAX;
      const ends: boolean[] = [];
      for (let i = 0; i < 200; i += 1) {
        const tookMs = size * entryMs;
        const isCommitted = tookMs < 15_000;
        ends.push(isCommitted);
        size = nextTransactionSize(size, size, isCommitted ? committed(tookMs) : FAILED);
      }
      // It needs at most twelve failures to find out, and none from then on.
      expect(ends.slice(12)).not.toContain(false);
    },
  );
});
