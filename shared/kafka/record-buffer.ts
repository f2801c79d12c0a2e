/**
 * Records that wait for their worker, copied out of the client's messages into large blocks of bytes.
 * Tens of thousands of messages that wait as objects outlive the young generation; copying those twice
 * and collecting them from the old one took a third of the process's CPU (docs/performance.md).
 */
import type { LogHeader, LogRecord } from '../core/ports.js';

const BLOCK_BYTES = 1 << 20;
const BLOCK_RECORDS = 8_192;
/** Length of a key or value that is null. */
const NULL = -1;

type Block = {
  readonly bytes: Buffer;
  readonly offsets: Float64Array;
  readonly timesMs: Float64Array;
  readonly keyLengths: Int32Array;
  readonly valueLengths: Int32Array;
  /** By place in the block, for the few records that have any. */
  readonly headers: Map<number, readonly LogHeader[]>;
  count: number;
  /** Where the next record's bytes go, and where those of the next one to be taken are. */
  writeAt: number;
  readAt: number;
  head: number;
};

export type RecordBuffer = {
  readonly append: (
    record: Omit<LogRecord, 'headers'>,
    headers: readonly LogHeader[] | undefined,
  ) => void;
  /** Takes records in order, at least one if there is any; their bytes are views that stay valid. */
  readonly take: (limit: { readonly records: number; readonly bytes: number }) => LogRecord[];
  readonly clear: () => void;
  readonly count: () => number;
  /** Bytes of keys and values. */
  readonly bytes: () => number;
};

const createBlock = (bytes: number): Block => ({
  bytes: Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, bytes)),
  offsets: new Float64Array(BLOCK_RECORDS),
  timesMs: new Float64Array(BLOCK_RECORDS),
  keyLengths: new Int32Array(BLOCK_RECORDS),
  valueLengths: new Int32Array(BLOCK_RECORDS),
  headers: new Map(),
  count: 0,
  writeAt: 0,
  readAt: 0,
  head: 0,
});

const copyInto = (block: Block, part: Buffer | null): number => {
  if (part === null) return NULL;
  block.bytes.set(part, block.writeAt);
  block.writeAt += part.length;
  return part.length;
};

const viewOf = (block: Block, length: number): Buffer | null => {
  if (length === NULL) return null;
  const view = block.bytes.subarray(block.readAt, block.readAt + length);
  block.readAt += length;
  return view;
};

const takeFrom = (block: Block): LogRecord => {
  const { head } = block;
  block.head += 1;
  const record = {
    offset: block.offsets[head] ?? 0,
    timestampMs: block.timesMs[head] ?? 0,
    key: viewOf(block, block.keyLengths[head] ?? NULL),
    value: viewOf(block, block.valueLengths[head] ?? NULL),
  };
  const headers = block.headers.size === 0 ? undefined : block.headers.get(head);
  return headers === undefined ? record : { ...record, headers };
};

/** Creates an empty buffer. */
export const createRecordBuffer = (): RecordBuffer => {
  let blocks: Block[] = [];
  let count = 0;
  let bytes = 0;

  const blockFor = (length: number): Block => {
    const last = blocks.at(-1);
    const fits =
      last !== undefined &&
      last.count < BLOCK_RECORDS &&
      last.writeAt + length <= last.bytes.length;
    if (fits) return last;
    const block = createBlock(length);
    blocks.push(block);
    return block;
  };

  return {
    append: ({ offset, timestampMs, key, value }, headers) => {
      const length = (key?.length ?? 0) + (value?.length ?? 0);
      const block = blockFor(length);
      const at = block.count;
      block.offsets[at] = offset;
      block.timesMs[at] = timestampMs;
      block.keyLengths[at] = copyInto(block, key);
      block.valueLengths[at] = copyInto(block, value);
      if (headers !== undefined) block.headers.set(at, headers);
      block.count += 1;
      count += 1;
      bytes += length;
    },
    take: (limit) => {
      const taken: LogRecord[] = [];
      let takenBytes = 0;
      while (taken.length < limit.records && takenBytes < limit.bytes && count > 0) {
        const block = blocks[0];
        if (block === undefined) break;
        if (block.head === block.count) {
          blocks.shift();
          continue;
        }
        const from = block.readAt;
        taken.push(takeFrom(block));
        takenBytes += block.readAt - from;
        count -= 1;
      }
      bytes -= takenBytes;
      return taken;
    },
    clear: () => {
      blocks = [];
      count = 0;
      bytes = 0;
    },
    count: () => count,
    bytes: () => bytes,
  };
};
