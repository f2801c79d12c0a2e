/** An error of a Kafka client, with the protocol's name for what the broker answered. */
export class KafkaClientError extends Error {
  override readonly name = 'KafkaClientError';
  /** What a broker refuses now it may take later, or from the next client. */
  readonly retriable = true;
  /** As `PRODUCER_FENCED`; null when no broker answered. */
  readonly type: string | null;

  constructor(
    message: string,
    { type, cause }: { readonly type: string | null; readonly cause: unknown },
  ) {
    super(message, { cause });
    this.type = type;
  }
}
