/** Ends a transaction with a commit, and knows by which answer another producer took it over. */
import { KafkaClientError } from './client-error.js';

/**
 * A producer asks for the commit when all else was answered, so only somebody else can be busy with its
 * transaction then: the next owner of the transactional id, or the coordinator after the time-out.
 * Either ends it with an abort, and asking again would be answered with the fence.
 */
const TAKEN_OVER = 'CONCURRENT_TRANSACTIONS';

/** Commits; rejects as fenced where the transaction was being ended from elsewhere. */
export const commitTransaction = async (commit: () => Promise<void>): Promise<void> => {
  try {
    await commit();
  } catch (error) {
    if (!(error instanceof Error && 'type' in error && error.type === TAKEN_OVER)) throw error;
    const message = 'another producer is ending the transaction that was to be committed';
    throw new KafkaClientError(message, { type: 'PRODUCER_FENCED', cause: error });
  }
};
