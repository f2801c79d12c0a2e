/**
 * Reads tables as they come out of ERPs and spreadsheets: CSV, plain or gzip (told by its bytes, not
 * by its name), with comma, semicolon, tab or bar (told by the header), with or without a byte-order
 * mark, with either kind of line end. A row that cannot be parsed is named by its line and left out; a
 * file that cannot be read at all ends with a sentence that says what to do.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { PassThrough, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Parser, type CsvError, type Options } from 'csv-parse';

export type BrokenRow = { readonly line: number; readonly reason: string };
export type TableRow = { readonly line: number; readonly fields: readonly string[] };

export type TableOptions = {
  readonly file: string;
  readonly onBroken: (row: BrokenRow) => void;
  /** Bytes read of the file, for a progress bar. */
  readonly onProgress?: (bytes: number, total: number) => void;
};

/** A table with its rows still to come, some thousands at a time; consume them once. */
export type Table = {
  readonly header: readonly string[];
  /** True when the delimiter leaves the comma free, so that it may be a decimal comma. */
  readonly mayHaveDecimalCommas: boolean;
  readonly rows: () => AsyncGenerator<readonly TableRow[]>;
};

/** The file cannot be read as a table; the message says what to do. */
export class TableFileError extends Error {
  override readonly name = 'TableFileError';
}

const DELIMITERS = [',', ';', '\t', '|'] as const;
/** A header longer than this is no header. */
const HEADER_BYTES_MAX = 64 << 10;
const CHUNK_BYTES = 1 << 20;
/** Larger rows are broken ones: a quote that was never closed swallows the rest of the file. */
const ROW_CHARACTERS_MAX = 1 << 20;
const GZIP_MAGIC = [0x1f, 0x8b] as const;

const startsWith = (bytes: Buffer, magic: readonly number[]): boolean =>
  bytes.length >= magic.length && magic.every((byte, i) => bytes[i] === byte);

/** What is sometimes handed over as a CSV file, by its first bytes. */
const IMPOSTORS: readonly (readonly [readonly number[], string])[] = [
  [[0x50, 0x4b], 'is a zip archive or an Excel workbook; save the sheet as CSV (UTF-8)'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'is an old Excel workbook; save the sheet as CSV (UTF-8)'],
  [[0x50, 0x41, 0x52, 0x31], 'is a Parquet file; export it as CSV'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'is compressed with zstd; use gzip'],
  [[0xff, 0xfe], 'is UTF-16; save it as UTF-8'],
  [[0xfe, 0xff], 'is UTF-16; save it as UTF-8'],
];

const explain = (file: string, error: unknown): TableFileError => {
  const { code = '', message = error } = (error ?? {}) as {
    readonly code?: unknown;
    readonly message?: unknown;
  };
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'does not exist',
    EACCES: 'may not be read by this user',
    EISDIR: 'is a folder',
    Z_BUF_ERROR: 'ends in the middle of its gzip data; copy or export it again',
    Z_DATA_ERROR: 'has damaged gzip data; copy or export it again',
  };
  const reason = reasons[String(code)] ?? `cannot be read: ${String(message)}`;
  return new TableFileError(`the file ${file} ${reason}`, { cause: error });
};

const sizeOf = async (file: string): Promise<number> => {
  const found = await stat(file).catch((error: unknown) => {
    throw explain(file, error);
  });
  if (found.isDirectory()) throw new TableFileError(`the file ${file} is a folder`);
  if (found.isFile() && found.size === 0) throw new TableFileError(`the file ${file} is empty`);
  return found.size;
};

/** Counts delimiters outside quotes in the first line; the most frequent one is the file's. */
const delimiterOf = (head: string): string => {
  const [line = ''] = head.replace(/"(?:[^"]|"")*"/g, '').split(/\r?\n/, 1);
  const counts = DELIMITERS.map((delimiter) => line.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
};

type Bytes = AsyncIterator<Buffer>;

/** Reads until the first line end, so that the delimiter can be told. */
const readHead = async (bytes: Bytes): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length < HEADER_BYTES_MAX) {
    const next = await bytes.next();
    if (next.done === true) break;
    chunks.push(next.value);
    length += next.value.length;
    if (next.value.includes(0x0a)) break;
  }
  return Buffer.concat(chunks);
};

async function* joined(head: Buffer, rest: Bytes): AsyncGenerator<Buffer> {
  yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

const iterate = (stream: Readable): Bytes => {
  const chunks: AsyncIterable<Buffer> = stream;
  return chunks[Symbol.asyncIterator]();
};

const assertText = (file: string, head: Buffer): void => {
  if (head.length === 0) throw new TableFileError(`the file ${file} is empty`);
  for (const [magic, what] of IMPOSTORS) {
    if (startsWith(head, magic)) throw new TableFileError(`the file ${file} ${what}`);
  }
  if (head.subarray(0, HEADER_BYTES_MAX).includes(0)) {
    throw new TableFileError(`the file ${file} is no text; export it as CSV (UTF-8)`);
  }
};

const REASONS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  CSV_INVALID_CLOSING_QUOTE: 'a quote stands within a field; double it',
  CSV_MAX_RECORD_SIZE: 'the row is longer than a mebibyte, or a quote is never closed',
};

const parserOptions = (delimiter: string, onBroken: TableOptions['onBroken']): Options => ({
  bom: true,
  delimiter,
  relax_column_count: true,
  skip_empty_lines: true,
  max_record_size: ROW_CHARACTERS_MAX,
  skip_records_with_error: true,
  on_skip: (error: CsvError | undefined) => {
    if (error === undefined) return;
    const { lines } = error as unknown as { readonly lines?: number };
    onBroken({ line: lines ?? 0, reason: REASONS[error.code] ?? error.message });
    return undefined;
  },
});

/**
 * Yields the rows that each chunk completes. They are taken where the parser hands them out, with the
 * line it has reached: a stream of objects and the parser's own report per row cost more than parsing.
 */
async function* parsed(
  bytes: AsyncIterable<Buffer>,
  options: Options,
): AsyncGenerator<readonly TableRow[]> {
  const parser = new Parser(options);
  // Looked at after every chunk.
  parser.on('error', () => undefined);
  let rows: TableRow[] = [];
  const end = parser.push.bind(parser);
  parser.push = (record: readonly string[] | null) => {
    if (record === null) return end(null);
    rows.push({ line: parser.info.lines, fields: record });
    return true;
  };
  for await (const chunk of bytes) {
    parser.write(chunk);
    if (parser.errored !== null) throw parser.errored;
    yield rows;
    rows = [];
  }
  parser.end();
  await finished(parser, { readable: false });
  yield rows;
}

/** Opens a table and reads its header. Throws TableFileError when it cannot be one. */
export const openTable = async (options: TableOptions): Promise<Table> => {
  const { file, onBroken, onProgress = () => undefined } = options;
  const size = await sizeOf(file);
  const source = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  const raw = iterate(source);
  const failure = (error: unknown): TableFileError =>
    error instanceof TableFileError ? error : explain(file, error);

  const open = async (): Promise<{ head: Buffer; rest: Bytes }> => {
    const first = await readHead(raw);
    if (!startsWith(first, GZIP_MAGIC)) return { head: first, rest: raw };
    const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
    const fed = PassThrough.from(joined(first, raw));
    fed.on('error', (error) => gunzip.destroy(error));
    const bytes = iterate(fed.pipe(gunzip));
    return { head: await readHead(bytes), rest: bytes };
  };

  try {
    const { head, rest } = await open();
    assertText(file, head);
    const delimiter = delimiterOf(head.toString('utf8').replace(/^\uFEFF/, ''));
    const batches = parsed(joined(head, rest), parserOptions(delimiter, onBroken));
    let first: readonly TableRow[] = [];
    for (let next = await batches.next(); next.done !== true; next = await batches.next()) {
      first = next.value;
      if (first.length > 0) break;
    }
    const [header, ...firstRows] = first;
    if (header === undefined) throw new TableFileError(`the file ${file} has no header`);

    return {
      header: header.fields.map((field) => field.trim()),
      mayHaveDecimalCommas: delimiter !== ',',
      rows: async function* rows() {
        try {
          yield firstRows;
          for await (const batch of batches) {
            yield batch;
            onProgress(source.bytesRead, size);
          }
          onProgress(size, size);
        } catch (error) {
          throw failure(error);
        } finally {
          source.destroy();
        }
      },
    };
  } catch (error) {
    source.destroy();
    throw failure(error);
  }
};

const PLAIN_NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const COMMA_NUMBER = /^[+-]?(\d{1,3}(\.\d{3})+|\d+),\d+$/;

/**
 * Reads a number, or returns null. Where the delimiter leaves the comma free, `1234,5` and `1.234,5`
 * are numbers too; without a comma the point is decimal, whatever the file's country.
 */
export const toNumber = (text: string, mayHaveDecimalCommas: boolean): number | null => {
  if (PLAIN_NUMBER.test(text)) return Number(text);
  if (!mayHaveDecimalCommas || !COMMA_NUMBER.test(text)) return null;
  return Number(text.replaceAll('.', '').replace(',', '.'));
};
