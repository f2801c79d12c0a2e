/** Topics of a test, ready for use: the client's own waiting gives up on a broker that is new to them. */
import type { Admin, ITopicConfig } from 'kafkajs';
import { waitForLeaders } from '../../shared/kafka/ensure-topics.js';

/** Creates topics and resolves when every partition has a leader that answers. */
export const createTopics = async (admin: Admin, topics: ITopicConfig[]): Promise<void> => {
  await admin.createTopics({ topics, waitForLeaders: false });
  await waitForLeaders(
    admin,
    topics.map(({ topic }) => topic),
  );
};
