/**
 * A receiver of webhooks on loopback, as the documentation tells people to write one: it verifies the
 * signature, tells repetitions by webhook-id, and answers as a test tells it to, also badly.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export const WEBHOOK_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

export type ReceivedMessage = {
  readonly id: string;
  readonly type: string;
  readonly customerId: string;
  readonly body: string;
};

/** What the receiver does with a call: an answer, silence, or a connection that breaks. */
export type Behaviour =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | 'hang'
  | 'close';

export type WebhookReceiver = {
  readonly url: string;
  /** Calls answered with success, in order, repetitions included. */
  readonly accepted: readonly ReceivedMessage[];
  readonly calls: () => number;
  /** Calls whose signature did not verify. */
  readonly forged: () => number;
  readonly close: () => Promise<void>;
};

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

/** Starts a receiver; `behave` is given the message and how often it came, counted from 1. */
export const startWebhookReceiver = async (
  behave: (message: ReceivedMessage, times: number) => Behaviour,
): Promise<WebhookReceiver> => {
  const webhook = new Webhook(WEBHOOK_SECRET);
  const accepted: ReceivedMessage[] = [];
  const times = new Map<string, number>();
  let calls = 0;
  let forged = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    calls += 1;
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    let parsed: Omit<ReceivedMessage, 'body'>;
    try {
      parsed = webhook.verify(body, headers) as ReceivedMessage;
    } catch {
      forged += 1;
      response.writeHead(401).end();
      return;
    }
    const message = { ...parsed, id: headers['webhook-id'] ?? '', body };
    const count = (times.get(message.id) ?? 0) + 1;
    times.set(message.id, count);
    const behaviour = behave(message, count);
    if (behaviour === 'hang') return;
    if (behaviour === 'close') {
      request.socket.destroy();
      return;
    }
    if (behaviour.status >= 200 && behaviour.status < 300) accepted.push(message);
    response.writeHead(behaviour.status, behaviour.headers).end('{"error":"as the test wants"}');
  };

  const server = createServer((request, response) => {
    answer(request, response).catch(() => request.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}/hooks`,
    accepted,
    calls: () => calls,
    forged: () => forged,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
