/** What is wrong with a record is refused; what is the registry's trouble is waited for. */
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createRecordDecoder } from '../../../../shared/avro/record-decoder.js';
import { openRegistry, RegistryUnavailable } from '../../../../shared/avro/registry-client.js';

/** The wire format with schema id 7 and no body. */
const RECORD = Buffer.from([0, 0, 0, 0, 7]);
const UNKNOWN_FOR_MS = 60_000;

describe('a record whose schema the decoder does not know', () => {
  let server: Server;
  let url = '';
  let status = 404;
  let asked = 0;
  beforeEach(async () => {
    asked = 0;
    server = createServer((_, answer) => {
      asked += 1;
      answer.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    url = `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : '')}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const open = (nowMs: () => number) => {
    const registry = openRegistry({ url, username: '', password: '', caPem: null });
    return {
      registry,
      decoder: createRecordDecoder({ registry, nowMs, sleep: () => Promise.resolve() }),
    };
  };

  it('is refused when the registry does not know it either, and not asked for each time', async () => {
    status = 404;
    let nowMs = 0;
    const { registry, decoder } = open(() => nowMs);
    await decoder.prepare([RECORD]);
    expect(decoder.decode(RECORD)).toEqual({ code: 'schema-unknown', detail: 'schema id 7' });
    const before = asked;
    await decoder.prepare([RECORD]);
    expect(asked).toBe(before);
    nowMs = UNKNOWN_FOR_MS + 1;
    await decoder.prepare([RECORD]);
    expect(asked).toBeGreaterThan(before);
    await registry.close();
  });

  it.each([500, 503])('waits while the registry answers %i', async (answered) => {
    status = answered;
    const { registry, decoder } = open(() => 0);
    await expect(decoder.prepare([RECORD])).rejects.toThrow(RegistryUnavailable);
    expect(() => decoder.decode(RECORD)).toThrow(/was not prepared/);
    await registry.close();
  });
});
