import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  FileTakenOver,
  openNdjsonLog,
  wholeLines,
  type NdjsonLog,
} from '../../../../shared/delivery/ndjson-log.js';

const TOPIC = 'segment-changes';
const body = (offset: number, customerId = 'C-1'): string =>
  JSON.stringify({
    id: `0-${String(offset)}-1`,
    customerId,
    source: { topic: TOPIC, partition: 0, offset },
  });
const entry = (offset: number, customerId?: string) => ({ offset, body: body(offset, customerId) });

describe('the NDJSON log', () => {
  let folder = '';
  const opened: NdjsonLog[] = [];
  const open = async (fileBytesMax = 1 << 20): Promise<NdjsonLog> => {
    const log = await openNdjsonLog({ folder, topic: TOPIC, partition: 0, fileBytesMax });
    opened.push(log);
    return log;
  };
  const files = async (): Promise<string[]> => (await readdir(folder)).sort();
  const offsets = async (): Promise<number[]> => {
    const texts = await Promise.all(
      (await files()).map((name) => readFile(join(folder, name), 'utf8')),
    );
    return texts
      .join('')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { source: { offset: number } }).source.offset);
  };
  const fileName = 'segment-changes-p0-000000000000007.ndjson';

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ndjson-'));
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((log) => log.close()));
    await rm(folder, { recursive: true });
  });

  it('knows no position in an empty folder', async () => {
    expect((await open()).next()).toBeNull();
  });

  it('goes on behind the last line after a restart', async () => {
    await (await open()).append([entry(7), entry(9)]);
    const again = await open();
    expect(again.next()).toBe(10);
    await again.append([entry(10)]);
    expect(await offsets()).toEqual([7, 9, 10]);
  });

  it.each([
    ['a torn line', body(8).slice(0, 20)],
    ['the zeros of a power cut', '\u0000'.repeat(40)],
    ['zeros that end like a line', `${'\u0000'.repeat(40)}\n`],
  ])('cuts off %s', async (_what, tail) => {
    await (await open()).append([entry(7)]);
    await appendFile(join(folder, fileName), tail);
    const again = await open();
    expect(again.next()).toBe(8);
    await again.append([entry(8)]);
    expect(await offsets()).toEqual([7, 8]);
  });

  it('takes the position from the name of a file that was torn in its first line', async () => {
    await writeFile(join(folder, fileName), '{"id":"0-');
    expect((await open()).next()).toBe(7);
  });

  it('starts another file once one is full, and goes on in the newest', async () => {
    const log = await open(10);
    await log.append([entry(7)]);
    await log.append([entry(8)]);
    expect(await files()).toHaveLength(2);
    expect((await open(10)).next()).toBe(9);
  });

  it('stops a process that still writes after another one took over', async () => {
    const zombie = await open();
    await zombie.append([entry(7)]);
    const owner = await open();
    await owner.append([entry(8)]);
    await expect(zombie.append([entry(8)])).rejects.toThrow(FileTakenOver);
    expect(await offsets()).toEqual([7, 8]);
  });

  it('loses what a zombie writes in the same instant, since its file has no name any more', async () => {
    await (await open()).append([entry(7)]);
    const { handle } = await openHandle(join(folder, fileName));
    await open();
    await handle.appendFile('zombie\n');
    await handle.close();
    expect(await offsets()).toEqual([7]);
  });

  it('erases a customer from all files and says so without the name', async () => {
    const log = await open(10);
    await log.append([entry(7, 'C-1'), entry(8, 'C-2')]);
    await log.append([entry(9, 'C-1')]);
    const message = {
      id: 'erased-x',
      type: 'customer-erased',
      customerId: 'C-1',
      body: '',
    } as const;
    await log.erase(message, { topic: TOPIC, partition: 0, offset: 10 });
    const names = await files();
    const text = (await Promise.all(names.map((n) => readFile(join(folder, n), 'utf8')))).join('');
    expect(text).not.toContain('C-1');
    expect(text).toContain('C-2');
    expect(text).toContain('customerIdSha256');
    expect((await open(10)).next()).toBe(11);
  });

  it('leaves customers alone whose id only contains the erased one', async () => {
    const log = await open();
    await log.append([entry(7, 'C-12')]);
    const message = {
      id: 'erased-x',
      type: 'customer-erased',
      customerId: 'C-1',
      body: '',
    } as const;
    await log.erase(message, { topic: TOPIC, partition: 0, offset: 8 });
    expect(await offsets()).toEqual([7, 8]);
  });

  it('leaves files of other topics and partitions alone', async () => {
    await writeFile(join(folder, 'segment-changes-p01-000000000000001.ndjson'), 'other');
    await writeFile(join(folder, 'notes.txt'), 'other');
    expect((await open()).next()).toBeNull();
    expect(wholeLines(Buffer.from('')).last).toBeNull();
  });
});

const openHandle = async (path: string) => {
  const { open } = await import('node:fs/promises');
  return { handle: await open(path, 'a') };
};
