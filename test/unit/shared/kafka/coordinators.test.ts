/** How long kafkajs remembers a coordinator. */
import { describe, expect, it } from '@jest/globals';
import { remembering } from '../../../../shared/kafka/coordinators.js';

const GROUP = { groupId: 'g', coordinatorType: 0 };

const create = (answers: (() => Promise<unknown>)[]) => {
  let nowMs = 0;
  let asked = 0;
  const lookup = remembering(
    () => {
      asked += 1;
      return answers.shift()?.() ?? Promise.resolve(`answer ${String(asked)}`);
    },
    () => nowMs,
  );
  return {
    look: (client: object, wanted = GROUP) => lookup.call(client, wanted),
    asked: () => asked,
    wait: (ms: number) => {
      nowMs += ms;
    },
  };
};

describe('remembering', () => {
  it('asks once within a second, and again behind it', async () => {
    const { look, asked, wait } = create([]);
    const client = {};
    expect(await look(client)).toBe('answer 1');
    wait(999);
    expect(await look(client)).toBe('answer 1');
    wait(1);
    expect(await look(client)).toBe('answer 2');
    expect(asked()).toBe(2);
  });

  it('keeps groups, kinds of coordinators and clients apart', async () => {
    const { look, asked } = create([]);
    const client = {};
    await look(client);
    await look(client, { ...GROUP, groupId: 'h' });
    await look(client, { ...GROUP, coordinatorType: 1 });
    await look({});
    expect(asked()).toBe(4);
  });

  it('does not remember a failure', async () => {
    const { look } = create([() => Promise.reject(new Error('not available'))]);
    const client = {};
    await expect(look(client)).rejects.toThrow('not available');
    expect(await look(client)).toBe('answer 2');
  });
});
