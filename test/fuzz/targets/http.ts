/** The HTTP surface: whatever a caller sends, it is answered or hung up on, and says nothing of itself. */
import { connect } from 'node:net';
import fc from 'fast-check';
import { createMetrics } from '../../../shared/observability/metrics.js';
import { startObservability } from '../../../shared/observability/server.js';
import { assertSense, fuzzTarget, type FuzzTarget } from '../target.js';

const TOKEN = 'token-of-sixteen-characters';
const ANSWER_MS_MAX = 4_000;
const ALLOWED = new Set([200, 400, 401, 404, 405, 408, 413, 414, 415, 429, 431, 501, 503, 505]);

const method = fc.oneof(
  fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'PATCH'),
  fc.string({ maxLength: 8 }),
);
const path = fc.oneof(
  fc.constantFrom('/metrics', '/health/live', '/health/ready', '/', '//', '/metrics/../metrics'),
  fc.constantFrom('/%00', '/%zz', '/metrics?x=1', '/__proto__', '*', '/METRICS', '/metrics/'),
  fc.string({ unit: 'binary-ascii', maxLength: 60 }).map((text) => `/${text}`),
  fc.nat(20_000).map((length) => `/${'a'.repeat(length)}`),
);
const header = fc.oneof(
  fc.constantFrom(
    'authorization: Bearer x',
    `authorization: Bearer ${TOKEN}`,
    'authorization: Basic Og==',
    'content-length: 5',
    'content-length: -1',
    'content-length: 99999999999',
    'transfer-encoding: chunked',
    'transfer-encoding: gzip',
    'content-type: application/json',
    'content-encoding: gzip',
    'expect: 100-continue',
    'host: ',
    'connection: upgrade',
    'upgrade: websocket',
    'accept: */*',
  ),
  fc.string({ unit: 'binary-ascii', maxLength: 60 }),
  fc.nat(30_000).map((length) => `x-long: ${'a'.repeat(length)}`),
);
const request = fc
  .tuple(method, path, fc.array(header, { maxLength: 8 }), fc.string({ maxLength: 5_000 }))
  .map(([name, target, headers, body]) =>
    [
      `${name} ${target} HTTP/1.1`,
      'host: localhost',
      ...headers,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
const anything = fc
  .uint8Array({ maxLength: 200 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));

/** Sends the text, ends, and returns all that comes back. */
const exchange = (port: number, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no end within ${String(ANSWER_MS_MAX)} ms`));
    }, ANSWER_MS_MAX);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('latin1'));
    });
    socket.end(text, 'latin1');
  });

const checkAnswer = (answer: string, sent: string): void => {
  if (answer === '') return;
  const final = answer.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(final)?.[1]);
  assertSense(ALLOWED.has(status), `answered with ${String(status)}`);
  assertSense(!/\bat .*\.(ts|js):\d+/.test(answer), 'a stack was shown');
  assertSense(!answer.includes(TOKEN) || sent.includes(TOKEN), 'the token was shown');
  const hasMetrics = answer.includes('process_cpu');
  assertSense(!hasMetrics || sent.includes(`Bearer ${TOKEN}`), 'metrics without the token');
};

const name = 'http';

export const httpTarget: FuzzTarget = {
  name,
  run: async (options) => {
    const server = await startObservability({
      host: '127.0.0.1',
      port: 0,
      token: TOKEN,
      registry: createMetrics({ service: 'fuzz' }).registry,
      readiness: () => ({ isReady: false, reasons: ['a reason'] }),
      callsPerMinuteMax: 1_000_000,
    });
    try {
      const target = fuzzTarget(name, fc.oneof(request, request, anything), async (text) => {
        checkAnswer(await exchange(server.port, text), text);
      });
      return await target.run(options);
    } finally {
      await server.close();
    }
  },
};
