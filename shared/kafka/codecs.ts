/**
 * Registers the codecs that real producers use; kafkajs itself reads only gzip, and a batch that it
 * cannot read must never be taken for a poison record. Frames differ between worlds: Java producers
 * write snappy in Xerial blocks, lz4 and zstd as standard frames. Node has zstd itself from 22.15 on;
 * before, it is read by fzstd and not written.
 */
import * as zlib from 'node:zlib';
import { promisify } from 'node:util';
import { decompress as fzstdDecompress } from 'fzstd';
import kafkajs from 'kafkajs';
import { compressFrame, decompressFrame } from 'lz4-napi';
import { compress as snappyCompress, uncompress as snappyUncompress } from 'snappy';

type Encoder = { readonly buffer: Buffer };
type Codec = {
  readonly compress: (encoder: Encoder) => Promise<Buffer>;
  readonly decompress: (buffer: Buffer) => Promise<Buffer>;
};

/** Xerial header: magic (8), version (4), lowest compatible version (4); then length and block. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEADER_BYTES = 16;
/** Blocks larger than this would be refused by the Java reader's default buffer. */
const XERIAL_BLOCK_BYTES = 32 << 10;
const LENGTH_BYTES = 4;

const asBuffer = (bytes: string | Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);

/** Splits bytes into Xerial blocks of snappy, as Java producers write them. */
export const compressXerial = async (bytes: Buffer): Promise<Buffer> => {
  const header = Buffer.alloc(XERIAL_HEADER_BYTES);
  XERIAL_MAGIC.copy(header);
  header.writeInt32BE(1, 8);
  header.writeInt32BE(1, 12);
  const parts: Buffer[] = [header];
  for (let from = 0; from < bytes.length; from += XERIAL_BLOCK_BYTES) {
    const block = await snappyCompress(bytes.subarray(from, from + XERIAL_BLOCK_BYTES));
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeInt32BE(block.length, 0);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
};

/** Reads snappy in Xerial blocks (Java) or as one plain block (librdkafka, Go). */
export const decompressXerial = async (bytes: Buffer): Promise<Buffer> => {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) {
    return asBuffer(await snappyUncompress(bytes));
  }
  const parts: Buffer[] = [];
  let at = XERIAL_HEADER_BYTES;
  while (at < bytes.length) {
    const length = bytes.readInt32BE(at);
    at += LENGTH_BYTES;
    if (length < 0 || at + length > bytes.length) {
      throw new RangeError('a snappy block is longer than its batch');
    }
    parts.push(asBuffer(await snappyUncompress(bytes.subarray(at, at + length))));
    at += length;
  }
  return Buffer.concat(parts);
};

const snappy: Codec = {
  compress: ({ buffer }) => compressXerial(buffer),
  decompress: decompressXerial,
};

const lz4: Codec = {
  compress: async ({ buffer }) => asBuffer(await compressFrame(buffer)),
  decompress: async (buffer) => asBuffer(await decompressFrame(buffer)),
};

/** Whether this Node has zstd itself, to write it and to read it fast. */
export const hasZstd = (): boolean => typeof zlib.zstdDecompress === 'function';

const missingZstd = (): Promise<never> =>
  Promise.reject(
    new Error(
      'batches can be compressed with zstd on Node 22.15 or newer only; upgrade Node, or choose lz4, ' +
        'snappy or gzip',
    ),
  );

/** zstd in JavaScript, about a tenth as fast as the one in newer versions of Node. */
export const readZstd = (buffer: Buffer): Buffer => asBuffer(fzstdDecompress(buffer));

const createZstd = (): Codec => {
  if (!hasZstd()) {
    return {
      compress: missingZstd,
      decompress: (buffer) => Promise.resolve(buffer).then(readZstd),
    };
  }
  const compress = promisify(zlib.zstdCompress);
  const decompress = promisify(zlib.zstdDecompress);
  return {
    compress: ({ buffer }) => compress(buffer),
    decompress: (buffer) => decompress(buffer),
  };
};

/** Registers snappy, lz4 and zstd with kafkajs; may be called again. */
export const registerCodecs = (): void => {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  CompressionCodecs[CompressionTypes.Snappy] = () => snappy;
  CompressionCodecs[CompressionTypes.LZ4] = () => lz4;
  const zstd = createZstd();
  CompressionCodecs[CompressionTypes.ZSTD] = () => zstd;
};
