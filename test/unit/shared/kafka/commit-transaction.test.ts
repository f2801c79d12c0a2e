import { describe, expect, it } from '@jest/globals';
import { commitTransaction } from '../../../../shared/kafka/commit-transaction.js';
import { isFencedError } from '../../../../shared/kafka/fenced-error.js';

const refusing = (type: string) => (): Promise<void> =>
  Promise.reject(Object.assign(new Error(type), { type }));

describe('a commit', () => {
  it('that meets the abort of the next owner is a fenced one', async () => {
    const refusal: unknown = await commitTransaction(refusing('CONCURRENT_TRANSACTIONS')).catch(
      (error: unknown) => error,
    );
    expect(isFencedError(refusal)).toBe(true);
  });

  it('that is refused for anything else says what', async () => {
    const committing = commitTransaction(refusing('COORDINATOR_LOAD_IN_PROGRESS'));
    await expect(committing).rejects.toThrow('COORDINATOR_LOAD_IN_PROGRESS');
    expect(isFencedError(await committing.catch((error: unknown) => error))).toBe(false);
  });
});
