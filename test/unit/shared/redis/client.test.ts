import { describe, expect, it } from '@jest/globals';
import { explainRefusal, openRedis } from '../../../../shared/redis/client.js';

describe('what Redis refuses', () => {
  const connection = { url: 'redis://store:6380', username: '', password: '', caPem: null };
  const explain = (message: string): string => {
    const client = openRedis(connection, () => undefined);
    const error = explainRefusal(client, new Error(message));
    return error instanceof Error ? error.message : '';
  };

  it.each([
    [
      'MISCONF Errors writing to the AOF file: No space left on device',
      /^Redis at store:6380 cannot write to its disk .*No space left.* make room on its disk/,
    ],
    [
      "OOM command not allowed when used memory > 'maxmemory'.",
      /^Redis at store:6380 has reached maxmemory .* raise it/,
    ],
    [
      "NOPERM User reader has no permissions to run the 'hset' command",
      /^Redis at store:6380 does not let the user .*redis-users\.acl/,
    ],
  ])('is said in words, with what helps: %s', (message, sentence) => {
    expect(explain(message)).toMatch(sentence);
  });

  it('leaves other errors as they are', () => {
    expect(explain('READONLY You cannot write')).toBe('READONLY You cannot write');
  });
});
