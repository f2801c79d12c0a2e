/** How far a consumer group is on the input log, by its committed offsets. */
import type { Installation } from './installation.js';

/** Records before the group's offsets, all partitions together; the log starts at 0. */
export const doneOfGroup = async (
  { admin, inputTopic }: Installation,
  groupId: string,
): Promise<number> => {
  const topics = await admin.fetchOffsets({ groupId, topics: [inputTopic] });
  const offsets = topics[0]?.partitions ?? [];
  return offsets.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
};

/** Records on the input log, all partitions together. */
export const recordsOnLog = async ({ admin, inputTopic }: Installation): Promise<number> => {
  const offsets = await admin.fetchTopicOffsets(inputTopic);
  return offsets.reduce((sum, { high }) => sum + Number(high), 0);
};
