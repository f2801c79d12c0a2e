/**
 * Posts one message to the receiver, signed after Standard Webhooks, and says what the answer means for
 * the message: taken, refused for good, or trouble of the receiver that passes. It never throws and
 * never takes longer than its time-out.
 */
import { Webhook } from 'standardwebhooks';
import { Agent, request, type Dispatcher } from 'undici';
import type { Message } from './message.js';

export type Answer =
  | { readonly kind: 'delivered' }
  /** The receiver understood and does not want this very message: sending it again is no use. */
  | { readonly kind: 'refused'; readonly status: number; readonly detail: string }
  | {
      readonly kind: 'trouble';
      /** For metrics: status_503, timeout, network. */
      readonly reason: string;
      readonly detail: string;
      /** What the receiver asked for; null when it did not. */
      readonly retryAfterMs: number | null;
    };

export type WebhookOptions = {
  readonly url: string;
  readonly secret: string;
  readonly timeoutMs: number;
  readonly connectionsMax: number;
  readonly userAgent: string;
};

export type WebhookClient = {
  readonly post: (message: Message) => Promise<Answer>;
  readonly close: () => Promise<void>;
};

/** The message itself is wrong for the receiver. All else that is no success may pass. */
const REFUSED_STATUSES: ReadonlySet<number> = new Set([400, 409, 413, 415, 422]);
const DETAIL_BYTES_MAX = 500;
/** A receiver that asks for more is asked again after this. */
const RETRY_AFTER_MS_MAX = 3_600_000;
const MS_PER_SECOND = 1_000;

/** Reads Retry-After, in seconds or as a date; null when it is missing or makes no sense. */
export const retryAfterMs = (header: string | undefined, nowMs: number): number | null => {
  if (header === undefined) return null;
  const atMs = /^\d+$/.test(header) ? nowMs + Number(header) * MS_PER_SECOND : Date.parse(header);
  if (Number.isNaN(atMs)) return null;
  return Math.min(RETRY_AFTER_MS_MAX, Math.max(0, atMs - nowMs));
};

/** Opens a client; nothing is sent before the first message. */
export const openWebhook = (options: WebhookOptions): WebhookClient => {
  const webhook = new Webhook(options.secret);
  const agent = new Agent({ connections: options.connectionsMax });

  const send = (message: Message, signal: AbortSignal): Promise<Dispatcher.ResponseData> => {
    const now = new Date();
    return request(options.url, {
      method: 'POST',
      dispatcher: agent,
      signal,
      headers: {
        'content-type': 'application/json',
        'user-agent': options.userAgent,
        'webhook-id': message.id,
        'webhook-timestamp': String(Math.floor(now.getTime() / MS_PER_SECOND)),
        'webhook-signature': webhook.sign(message.id, now, message.body),
      },
      body: message.body,
    });
  };

  const post = async (message: Message): Promise<Answer> => {
    const signal = AbortSignal.timeout(options.timeoutMs);
    try {
      const response = await send(message, signal);
      const { statusCode: status, headers, body } = response;
      if (status >= 200 && status < 300) {
        // The status is the answer; a body that hangs or breaks off changes nothing.
        await body.dump({ limit: DETAIL_BYTES_MAX, signal }).catch(() => undefined);
        return { kind: 'delivered' };
      }
      const detail = `${String(status)} ${await readDetail(body)}`.trim();
      if (REFUSED_STATUSES.has(status)) return { kind: 'refused', status, detail };
      const after = headers['retry-after'];
      return {
        kind: 'trouble',
        reason: `status_${String(status)}`,
        detail,
        retryAfterMs: retryAfterMs(Array.isArray(after) ? after[0] : after, Date.now()),
      };
    } catch (error) {
      const reason = signal.aborted ? 'timeout' : 'network';
      const detail = error instanceof Error ? error.message : String(error);
      return { kind: 'trouble', reason, detail, retryAfterMs: null };
    }
  };

  return { post, close: () => agent.close() };
};

const readDetail = async (body: Dispatcher.ResponseData['body']): Promise<string> => {
  let text = '';
  try {
    for await (const chunk of body) {
      text += String(chunk);
      if (text.length >= DETAIL_BYTES_MAX) break;
    }
  } catch {
    // The status is known; an answer that breaks off only lacks its words.
  }
  return text.slice(0, DETAIL_BYTES_MAX).replace(/\s+/g, ' ');
};
