/**
 * A customer is merged into one on another partition and taken back, on the real log: histories travel
 * through it, orders under the old id follow, and both end as if nothing had been, but for what came.
 */
import { partitionOf } from '../../../../shared/core/partitioner.js';
import type { CustomerState } from '../../../../shared/core/customer/state.js';
import { openEventProducer, type EventProducer } from '../../../../shared/kafka/event-producer.js';
import { day, every, line, merged, order, ordersOn, tick } from '../../../support/events.js';
import { createInstallation, type Installation } from '../../../support/installation.js';
import type { Fold } from '../../../support/oracle.js';
import { scoredUntil } from '../../../support/scored-until.js';
import {
  QUICK_SCORER,
  startService,
  type ServiceProcess,
} from '../../../support/service-process.js';
import { expectStoredEqualsFold } from '../../../support/stored-equals-fold.js';
import { waitUntilApplied } from '../../../support/wait-applied.js';

const PARTITIONS = 2;
const OLD = 'Müller & Söhne';
const NEW = 'C-new';
const absorbed = ordersOn(every(14, 0, 200), { customerId: OLD });
const heir = ordersOn(every(20, 5, 200), { customerId: NEW, lines: [line({ sku: 'oil' })] });

describe('a merge across partitions', () => {
  let installation: Installation;
  let scorer: ServiceProcess;
  let producer: EventProducer;

  const customerOf = ({ partitions }: Fold, id: string): CustomerState | undefined =>
    partitions[partitionOf(id, PARTITIONS)]?.customers.get(id);

  /** Publishes, waits until all of it is applied, what was forwarded too, and compares with the fold. */
  const foldAfter = async (...events: Parameters<EventProducer['publish']>[0][]): Promise<Fold> => {
    for (const event of events) await producer.publish(event);
    await producer.flush();
    const url = installation.env['KUNDENPULS_REDIS_URL'] ?? '';
    await waitUntilApplied(installation, { url, partitions: PARTITIONS });
    return expectStoredEqualsFold(installation, { partitions: PARTITIONS });
  };

  beforeAll(async () => {
    installation = await createInstallation({ partitions: PARTITIONS });
    scorer = startService('scorer', { env: { ...installation.env, ...QUICK_SCORER } });
    producer = await openEventProducer({
      kafka: installation.kafka,
      topic: installation.topic('customer-events'),
      encode: installation.encoder.encode,
    });
    for (const event of [...absorbed, ...heir, tick(day(201))]) await producer.publish(event);
    await producer.flush();
    await scoredUntil(scorer, { streamTimeMs: day(201), partitions: PARTITIONS });
  }, 90_000);

  afterAll(async () => {
    await producer.close();
    await scorer.end('SIGKILL');
    await installation.remove();
  }, 30_000);

  it('is of customers on different partitions', () => {
    expect(partitionOf(OLD, PARTITIONS)).not.toBe(partitionOf(NEW, PARTITIONS));
  });

  it('gives the heir the history of both, and what still comes under the old id', async () => {
    const late = order({ customerId: OLD, orderId: 'late', orderedAtMs: day(202) });
    const fold = await foldAfter(merged(OLD, NEW, { atMs: day(201) }), late);
    expect(customerOf(fold, NEW)?.ledger.count).toBe(heir.length + absorbed.length + 1);
    expect(customerOf(fold, OLD)?.mergedInto).toBe(NEW);
  }, 60_000);

  it('gives both back what is theirs when it is taken back', async () => {
    const back = merged(OLD, NEW, { atMs: day(203), isReversal: true });
    const fold = await foldAfter({
      ...back,
      event: { ...back.event, eventId: 'unmerge' },
    } as typeof back);
    expect(customerOf(fold, NEW)?.ledger.count).toBe(heir.length);
    expect(customerOf(fold, OLD)?.ledger.count).toBe(absorbed.length + 1);
    expect(customerOf(fold, OLD)?.mergedInto).toBeNull();
  }, 60_000);
});
