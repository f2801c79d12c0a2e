import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../../../shared/avro/package-root.js';
import {
  createCustomerCodec,
  CUSTOMER_CODEC_VERSION,
} from '../../../../shared/redis/customer-codec.js';
import { plainState } from '../../../support/compare-state.js';

/** A state as a version wrote it, and what it says. */
type Golden = {
  readonly version: number;
  readonly customerId: string;
  readonly bytes: string;
  readonly ledger: string;
  readonly state: object;
};

const STATE_FOLDER = join(packageRoot(), 'schemas/state');
const SCHEMA_FILE = join(STATE_FOLDER, 'customer-standing.avsc');
const DATA = join(packageRoot(), 'test/golden/data');
const goldens = readdirSync(DATA)
  .filter((name) => /^customer-state-\d+\.json$/.test(name))
  .map((name) => JSON.parse(readFileSync(join(DATA, name), 'utf8')) as Golden);
const fromHex = (hex: string): Buffer => Buffer.from(hex, 'hex');
const asJson = (state: object): unknown => JSON.parse(JSON.stringify(state));

describe('stored states', () => {
  it('of every version are here, written by that version', () => {
    const versions = Array.from({ length: CUSTOMER_CODEC_VERSION }, (_, i) => i + 1);
    expect(goldens.map(({ version }) => version).sort()).toEqual(versions);
    for (const { version, bytes } of goldens) expect(fromHex(bytes)[0]).toBe(version);
  });

  it("have the schema of the layout's version: a change of the schema raises the version", () => {
    const name = `customer-standing-${String(CUSTOMER_CODEC_VERSION)}.avsc`;
    const kept = readFileSync(join(STATE_FOLDER, 'versions', name), 'utf8');
    expect(JSON.parse(readFileSync(SCHEMA_FILE, 'utf8'))).toEqual(JSON.parse(kept));
  });

  it.each(goldens)('of version $version are read today', ({ customerId, bytes, ledger, state }) => {
    const codec = createCustomerCodec(SCHEMA_FILE);
    const read = codec.decode(customerId, fromHex(bytes), fromHex(ledger));
    expect(asJson(plainState(read))).toMatchObject(state);
  });

  it.each(goldens)('of version $version will be read by the next version', (golden) => {
    const folder = mkdtempSync(join(tmpdir(), 'kundenpuls-codec-'));
    try {
      const next = CUSTOMER_CODEC_VERSION + 1;
      const schema = JSON.parse(readFileSync(SCHEMA_FILE, 'utf8')) as { fields: object[] };
      schema.fields.unshift({ name: 'mood', type: 'string', default: 'unknown' });
      mkdirSync(join(folder, 'versions'));
      cpSync(join(STATE_FOLDER, 'versions'), join(folder, 'versions'), { recursive: true });
      const file = join(folder, 'customer-standing.avsc');
      writeFileSync(file, JSON.stringify(schema));
      const codec = createCustomerCodec(file, next);
      const ledger = fromHex(golden.ledger);
      const read = codec.decode(golden.customerId, fromHex(golden.bytes), ledger);
      expect(asJson(plainState(read))).toMatchObject(golden.state);
      // Written again without a change of the standing, it is of the new version all through.
      Object.assign(read, { mood: 'good' });
      const again = Buffer.from(codec.encode(read, false));
      expect(again[0]).toBe(next);
      expect(asJson(plainState(codec.decode(golden.customerId, again, ledger)))).toMatchObject(
        golden.state,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('of a version that is not known yet are refused, not guessed at', () => {
    const [golden] = goldens;
    const bytes = fromHex(golden?.bytes ?? '');
    bytes[0] = CUSTOMER_CODEC_VERSION + 1;
    const decode = (): unknown =>
      createCustomerCodec(SCHEMA_FILE).decode('c', bytes, Buffer.alloc(0));
    expect(decode).toThrow(/has version \d+, which no reader knows/);
  });
});
