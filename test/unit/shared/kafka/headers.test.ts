import { toLogHeaders } from '../../../../shared/kafka/headers.js';

describe('the headers of a record', () => {
  it('are left out where there are none', () => {
    expect(toLogHeaders(undefined)).toBeUndefined();
    expect(toLogHeaders({})).toBeUndefined();
  });

  it('keep their order, their bytes, and names that are there more than once', () => {
    const bytes = Buffer.from([0, 255, 1]);
    const headers = toLogHeaders({ trace: bytes, again: ['one', Buffer.from('two')] });
    expect(headers).toEqual([
      { name: 'trace', value: bytes },
      { name: 'again', value: Buffer.from('one') },
      { name: 'again', value: Buffer.from('two') },
    ]);
  });

  it('may be called anything', () => {
    const sent = Object.fromEntries([['__proto__', Buffer.from('x')]]);
    expect(toLogHeaders(sent)).toEqual([{ name: '__proto__', value: Buffer.from('x') }]);
  });
});
