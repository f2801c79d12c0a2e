import { describe, expect, it } from '@jest/globals';
import { createLog } from '../../../../shared/observability/log.js';

const linesOf = (write: (log: ReturnType<typeof createLog>) => void): readonly string[] => {
  const lines: string[] = [];
  write(
    createLog({
      service: 'test',
      level: 'debug',
      destination: { write: (line: string) => void lines.push(line) },
    }),
  );
  return lines;
};

describe('the log', () => {
  it('writes nothing of an error but its type, message, code, stack and causes', () => {
    const error = Object.assign(new Error('WRONGPASS', { cause: new TypeError('inner') }), {
      code: 'EAUTH',
      command: { name: 'hello', args: ['3', 'AUTH', 'user', 'the-password'] },
    });
    const [line = ''] = linesOf((log) => {
      log.warn('login_failed', { error });
    });
    expect(line).not.toContain('the-password');
    expect(JSON.parse(line)).toMatchObject({
      event: 'login_failed',
      err: { type: 'Error', message: 'WRONGPASS', code: 'EAUTH', cause: { message: 'inner' } },
    });
  });

  it('replaces fields that are named like secrets, one level deep', () => {
    const [line = ''] = linesOf((log) => {
      log.info('configured', { password: 'p-1', kafka: { password: 'p-2', token: 'p-3' } });
    });
    expect(line).not.toMatch(/p-[123]/);
  });
});
