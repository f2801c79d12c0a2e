import { waitForLeaders } from '../../../../shared/kafka/ensure-topics.js';

const refusal = (type: string): Error => Object.assign(new Error(type), { type });

/** Answers with these errors in turn, then well; counts how often it was asked. */
const adminOf = (...errors: Error[]) => {
  let asked = 0;
  return {
    asked: () => asked,
    fetchTopicMetadata: () => {
      asked += 1;
      const error = errors.shift();
      return error === undefined ? Promise.resolve({ topics: [] }) : Promise.reject(error);
    },
  };
};

describe('a topic that was just created', () => {
  it('is waited for while the broker does not know it or its leader', async () => {
    const admin = adminOf(refusal('UNKNOWN_TOPIC_OR_PARTITION'), refusal('LEADER_NOT_AVAILABLE'));
    await waitForLeaders(admin, ['new']);
    expect(admin.asked()).toBe(3);
  });

  it('that may not be looked at is no matter of waiting', async () => {
    const admin = adminOf(refusal('TOPIC_AUTHORIZATION_FAILED'));
    await expect(waitForLeaders(admin, ['new'])).rejects.toThrow('TOPIC_AUTHORIZATION_FAILED');
    expect(admin.asked()).toBe(1);
  });
});
