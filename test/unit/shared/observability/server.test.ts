import { createMetrics } from '../../../../shared/observability/metrics.js';
import {
  startObservability,
  type ObservabilityOptions,
  type ObservabilityServer,
} from '../../../../shared/observability/server.js';

const TOKEN = 'a-token-of-many-characters';

let server: ObservabilityServer | null = null;

const start = async (over: Partial<ObservabilityOptions> = {}): Promise<ObservabilityServer> => {
  server = await startObservability({
    host: '127.0.0.1',
    port: 0,
    token: TOKEN,
    registry: createMetrics({ service: 'test' }).registry,
    readiness: () => ({ isReady: false, reasons: ['Redis is away'] }),
    ...over,
  });
  return server;
};

const get = async (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${server?.url ?? ''}${path}`, init);
const withToken = (token: string): RequestInit => ({
  headers: { authorization: `Bearer ${token}` },
});

afterEach(async () => {
  await server?.close();
  server = null;
});

describe('the HTTP surface', () => {
  it('gives metrics to who has the token, and to nobody else', async () => {
    await start();
    const allowed = await get('/metrics', withToken(TOKEN));
    expect([allowed.status, await allowed.text()]).toEqual([
      200,
      expect.stringContaining('process_cpu'),
    ]);
    for (const init of [{}, withToken('wrong'), withToken(''), withToken(`${TOKEN}x`)]) {
      const refused = await get('/metrics', init);
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(await refused.text()).not.toContain('process_cpu');
    }
  });

  it('answers probes without the token, with no more than yes or no', async () => {
    await start();
    const probe = await get('/health/ready');
    expect([probe.status, await probe.json()]).toEqual([503, { status: 'not ready' }]);
    const told = await get('/health/ready', withToken(TOKEN));
    expect(await told.json()).toEqual({ status: 'not ready', reasons: ['Redis is away'] });
  });

  it('does not start beyond loopback without a token', async () => {
    await expect(start({ host: '0.0.0.0', token: '' })).rejects.toThrow(/need a token/);
  });

  it('sends security headers with every answer, errors too', async () => {
    await start();
    for (const path of ['/metrics', '/health/live', '/no-such-path']) {
      const { headers } = await get(path);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
      expect(headers.get('x-powered-by')).toBeNull();
    }
  });

  it('refuses who calls too often, whatever it calls', async () => {
    await start({ callsPerMinuteMax: 5 });
    const statuses: number[] = [];
    for (const path of ['/metrics', '/metrics', '/x', '/y', '/health/live', '/x', '/metrics']) {
      statuses.push((await get(path)).status);
    }
    expect(statuses).toEqual([401, 401, 404, 404, 200, 429, 429]);
  });

  it('takes no body', async () => {
    await start();
    const large = await get('/metrics', {
      method: 'POST',
      body: JSON.stringify({ text: 'x'.repeat(10_000) }),
      headers: { 'content-type': 'application/json' },
    });
    expect([404, 413]).toContain(large.status);
    expect((await get('/health/live')).status).toBe(200);
  });

  it('says in words when its port is taken', async () => {
    const { port } = await start();
    const metrics = createMetrics({ service: 'second' });
    await expect(
      startObservability({
        host: '127.0.0.1',
        port,
        token: '',
        registry: metrics.registry,
        readiness: () => ({ isReady: true, reasons: [] }),
      }),
    ).rejects.toThrow(/is in use/);
  });
});
