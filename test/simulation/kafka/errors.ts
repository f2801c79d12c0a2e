/** Errors of the broker in the shape that kafkajs gives them. */

export type KafkaErrorType =
  | 'PRODUCER_FENCED'
  | 'INVALID_PRODUCER_EPOCH'
  | 'INVALID_TXN_STATE'
  | 'CONCURRENT_TRANSACTIONS'
  | 'OUT_OF_ORDER_SEQUENCE_NUMBER';

/** An error reply of the broker. */
export class KafkaReplyError extends Error {
  override readonly name = 'KafkaJSProtocolError';
  constructor(readonly type: KafkaErrorType) {
    super(type);
  }
}

/** The broker did not answer, or there is no connection: the outcome is open. */
export class KafkaJSConnectionError extends Error {
  override readonly name = 'KafkaJSConnectionError';
}
