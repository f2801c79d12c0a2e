/**
 * Fetches and decodes the input log and throws it away: the ceiling of the client, which no service on
 * it can exceed. Arguments: topic, group. Reports the records done to its parent.
 */
import avro from 'avsc';
import { recordSchema } from '../../shared/avro/record-schemas.js';
import { loadServiceConfig } from '../../shared/config/tables.js';
import { openKafka } from '../../shared/kafka/client.js';
import { ORDER_RECORD } from '../load/packed-log.js';

const HEADER_BYTES = 5;
const REPORT_MS = 50;
const [topic = '', groupId = ''] = process.argv.slice(2);

const kafka = openKafka(loadServiceConfig('scorer').kafka, {
  clientId: groupId,
  onLog: () => undefined,
});
const type = avro.Type.forSchema(JSON.parse(recordSchema(ORDER_RECORD).text) as avro.Schema);
const consumer = kafka.consumer({
  groupId,
  maxBytesPerPartition: 1 << 20,
  maxWaitTimeInMs: 100,
});
let done = 0;
await consumer.connect();
await consumer.subscribe({ topics: [topic], fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachBatchAutoResolve: false,
  partitionsConsumedConcurrently: 4,
  eachBatch: (payload) => {
    const { batch } = payload;
    for (const { value } of batch.messages) {
      if (value !== null) type.decode(value, HEADER_BYTES);
    }
    done += batch.messages.length;
    payload.resolveOffset(batch.lastOffset());
    return Promise.resolve();
  },
});
setInterval(() => process.send?.(done), REPORT_MS);
process.once('SIGTERM', () => {
  void consumer.disconnect().finally(() => process.exit(0));
});
