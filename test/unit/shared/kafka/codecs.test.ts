import { readZstd } from '../../../../shared/kafka/codecs.js';

/** Written by zstd 1.5.4: `zstd -c --no-check` of the text below, read from a pipe. */
const FRAME = Buffer.from(
  '28b52ffd0058f50000b84b756e64656e70756c73207265616473207a7374642e2001003d4acd26',
  'hex',
);
const TEXT = 'Kundenpuls reads zstd. '.repeat(8);

describe('zstd where Node has none', () => {
  it('is read, also frame behind frame', () => {
    expect(readZstd(FRAME).toString()).toBe(TEXT);
    expect(readZstd(Buffer.concat([FRAME, FRAME])).toString()).toBe(TEXT + TEXT);
  });

  it('is an error and not half a batch where it is cut off or broken', () => {
    expect(() => readZstd(FRAME.subarray(0, FRAME.length - 3))).toThrow();
    expect(() => readZstd(Buffer.alloc(40, 0x28))).toThrow();
  });
});
