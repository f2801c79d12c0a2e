/**
 * Serves a service's metrics and health on a port of its own. Loopback by default; beyond it metrics
 * need a bearer token, while health answers anyone with no more than "yes" or "no", as
 * orchestrators' probes carry none.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';

export type HealthReport = {
  readonly isReady: boolean;
  /** Why not, in words, by what is looked at; shown to callers with the token or on loopback. */
  readonly reasons: readonly string[];
};

export type ObservabilityOptions = {
  readonly host: string;
  readonly port: number;
  /** Empty for none, which is allowed on loopback only. */
  readonly token: string;
  readonly registry: Registry;
  readonly readiness: () => HealthReport;
  /** Calls of one address per minute at most; those beyond it are answered 429. */
  readonly callsPerMinuteMax?: number;
};

export type ObservabilityServer = {
  readonly url: string;
  readonly port: number;
  readonly close: () => Promise<void>;
};

/** A scrape within this time gets the previous text. */
const METRICS_CACHE_MS = 1_000;
const BODY_BYTES_MAX = 1_024;
const REQUEST_TIMEOUT_MS = 10_000;
/** Scrapes and probes come every few seconds, from a handful of places; guessing a token needs more. */
const CALLS_PER_MINUTE_MAX = 600;

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host.startsWith('127.');

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares in constant time, whatever the lengths. */
const isToken = (header: string | undefined, token: string): boolean =>
  timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`));

/** Starts the server; throws when the port is taken or a token is missing beyond loopback. */
export const startObservability = async (
  options: ObservabilityOptions,
): Promise<ObservabilityServer> => {
  const { host, port, token, registry, readiness } = options;
  if (!isLoopback(host) && token === '') {
    throw new Error(`metrics on ${host} are reachable from other machines; they need a token`);
  }
  const app = fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
  });
  await app.register(helmet, { contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] } } });
  await app.register(rateLimit, {
    max: options.callsPerMinuteMax ?? CALLS_PER_MINUTE_MAX,
    timeWindow: '1 minute',
    // Unknown paths count as well: they are what a scanner asks for.
    global: true,
    hook: 'onRequest',
  });
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (_request, reply) =>
    reply.code(404).send({ error: 'there are /metrics, /health/live and /health/ready' }),
  );
  const isAllowed = (request: FastifyRequest): boolean =>
    token === '' || isToken(request.headers.authorization, token);
  let cached = { atMs: -Infinity, text: '' };
  const metricsText = async (): Promise<string> => {
    const nowMs = performance.now();
    if (nowMs - cached.atMs > METRICS_CACHE_MS) {
      cached = { atMs: nowMs, text: await registry.metrics() };
    }
    return cached.text;
  };
  app.get('/metrics', async (request, reply) => {
    if (!isAllowed(request)) return refuse(reply);
    return reply.header('content-type', registry.contentType).send(await metricsText());
  });
  app.get('/health/live', (_request, reply) => reply.send({ status: 'live' }));
  app.get('/health/ready', (request, reply) => {
    const { isReady, reasons } = readiness();
    const status = isReady ? 'ready' : 'not ready';
    return reply
      .code(isReady ? 200 : 503)
      .send(isAllowed(request) ? { status, reasons } : { status });
  });
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw explainListen(error, options);
  }
  const address = app.server.address();
  const bound = address === null || typeof address === 'string' ? port : address.port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${String(bound)}`,
    port: bound,
    close: () => app.close(),
  };
};

const refuse = (reply: FastifyReply): FastifyReply =>
  reply
    .code(401)
    .header('www-authenticate', 'Bearer')
    .send({ error: 'metrics need the bearer token of KUNDENPULS_HTTP_TOKEN' });

const explainListen = (error: unknown, { host, port }: ObservabilityOptions): Error => {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  const at = `${host}:${String(port)}`;
  if (code === 'EADDRINUSE') {
    return new Error(`port ${at} is in use; stop what uses it or set another port`, {
      cause: error,
    });
  }
  return new Error(`cannot serve metrics on ${at}`, { cause: error });
};
