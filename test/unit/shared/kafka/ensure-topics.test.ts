import { waitForLeaders } from '../../../../shared/kafka/ensure-topics.js';

const refusal = (type: string): Error => Object.assign(new Error(type), { type });

/** Refuses with these errors in turn, then answers; counts how often it was asked. */
const adminOf = (...errors: Error[]) => {
  let asked = 0;
  return {
    asked: () => asked,
    fetchTopicMetadata: () => {
      asked += 1;
      const error = errors.shift();
      return error === undefined ? Promise.resolve({ topics: [] }) : Promise.reject(error);
    },
    fetchTopicOffsets: () => Promise.resolve([]),
  };
};

describe('a topic that was just created', () => {
  it('is waited for while the broker does not know it or its leader', async () => {
    const admin = adminOf(refusal('UNKNOWN_TOPIC_OR_PARTITION'), refusal('LEADER_NOT_AVAILABLE'));
    await waitForLeaders(admin, ['new']);
    expect(admin.asked()).toBe(3);
  });

  it('is waited for while its leader, though elected, does not answer for it', async () => {
    let asked = 0;
    const admin = {
      ...adminOf(),
      fetchTopicOffsets: () => {
        asked += 1;
        return asked > 1
          ? Promise.resolve([])
          : Promise.reject(refusal('NOT_LEADER_FOR_PARTITION'));
      },
    };
    await waitForLeaders(admin, ['new']);
    expect(asked).toBe(2);
  });

  it('that may not be looked at is no matter of waiting', async () => {
    const admin = adminOf(refusal('TOPIC_AUTHORIZATION_FAILED'));
    await expect(waitForLeaders(admin, ['new'])).rejects.toThrow('TOPIC_AUTHORIZATION_FAILED');
    expect(admin.asked()).toBe(1);
  });
});
