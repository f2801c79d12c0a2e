import { describe, expect, it } from '@jest/globals';
import { whileNotYet } from '../../../../shared/kafka/while-not-yet.js';

const answer = (type: string): Error => Object.assign(new Error(type), { type });

/** Fails so many times with an answer, then gives the number of tries. */
const failing = (times: number, type: string) => {
  let tries = 0;
  return () => {
    tries += 1;
    return tries <= times ? Promise.reject(answer(type)) : Promise.resolve(tries);
  };
};

describe('what is merely too early', () => {
  it.each([
    'CONCURRENT_TRANSACTIONS',
    'NOT_COORDINATOR_FOR_GROUP',
    'GROUP_COORDINATOR_NOT_AVAILABLE',
    'GROUP_LOAD_IN_PROGRESS',
  ])('is tried again after %s', async (type) => {
    expect(await whileNotYet(failing(3, type))).toBe(4);
  });

  it('is not, where another producer took over', async () => {
    await expect(whileNotYet(failing(1, 'PRODUCER_FENCED'))).rejects.toThrow('PRODUCER_FENCED');
  });
});
