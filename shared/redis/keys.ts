/**
 * The only place that spells Redis keys. All keys of a partition share one hash tag, so that its
 * commit is one atomic call on one shard; none has a TTL, since state must not forget by itself.
 */

export type PartitionKeys = {
  /** HASH: epoch, next, batchToken, partitions, versions in force, stream time. */
  readonly cursor: string;
  /** STREAM: outputs not yet known to be published; entry id = source offset - ordinal. */
  readonly outbox: string;
  /** ZSET: customer id by when a tick is to look at it, in ms. */
  readonly due: string;
  /** HASH: interned id -> name. */
  readonly names: string;
  /** HASH: currency -> its days and rates as JSON. */
  readonly rates: string;
  /** HASH: territory -> staffing as JSON. */
  readonly territories: string;
  /** What the keys of customers and of ledgers begin with; the customer's id follows. */
  readonly customerPrefix: string;
  readonly ledgerPrefix: string;
  /** STRING: features and standing of a customer (shared/redis/customer-codec.ts). */
  readonly customer: (customerId: string) => string;
  /** STRING: packed ledger of a customer (shared/core/customer/ledger.ts). */
  readonly ledger: (customerId: string) => string;
  /** Pattern of every key of the partition. */
  readonly all: string;
};

/** Returns the keys of a partition of an application. */
export const partitionKeys = (app: string, partition: number): PartitionKeys => {
  const tag = `{${app}:${String(partition)}}`;
  const customerPrefix = `${tag}:c:`;
  const ledgerPrefix = `${tag}:l:`;
  return {
    cursor: `${tag}:cursor`,
    outbox: `${tag}:outbox`,
    due: `${tag}:due`,
    names: `${tag}:names`,
    rates: `${tag}:rates`,
    territories: `${tag}:territories`,
    customerPrefix,
    ledgerPrefix,
    customer: (customerId) => customerPrefix + customerId,
    ledger: (customerId) => ledgerPrefix + customerId,
    all: `${tag}:*`,
  };
};
