import { toKafkaHeaders, toLogHeaders } from '../../../../shared/kafka/headers.js';

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
    expect(toKafkaHeaders(headers ?? [])).toEqual({
      trace: bytes,
      again: [Buffer.from('one'), Buffer.from('two')],
    });
  });

  it('are sent empty where they have no value, since the client writes no null', () => {
    expect(toKafkaHeaders([{ name: 'flag', value: null }])).toEqual({ flag: Buffer.alloc(0) });
  });

  it('may be called anything', () => {
    const sent = toKafkaHeaders([{ name: '__proto__', value: Buffer.from('x') }]);
    expect(Object.keys(sent)).toEqual(['__proto__']);
    expect(toLogHeaders(sent)).toEqual([{ name: '__proto__', value: Buffer.from('x') }]);
  });
});
