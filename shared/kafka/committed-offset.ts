/** The offset a group has committed for a partition, which is where the exactly-once path keeps its marks. */
import type { Admin } from 'kafkajs';
import { whileNotYet } from './while-not-yet.js';

/** Returns the next offset to read as last committed; null when nothing ever was, or it expired. */
export const committedOffset = async (
  admin: Pick<Admin, 'fetchOffsets'>,
  {
    groupId,
    topic,
    partition,
  }: { readonly groupId: string; readonly topic: string; readonly partition: number },
): Promise<number | null> => {
  const [found] = await whileNotYet(() => admin.fetchOffsets({ groupId, topics: [topic] }));
  const offset = found?.partitions.find((entry) => entry.partition === partition)?.offset;
  return offset === undefined || offset === '-1' ? null : Number(offset);
};
