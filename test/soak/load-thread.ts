/** Entry of the thread that publishes: does what it is told and says how far it is. */
import { parentPort, workerData } from 'node:worker_threads';
import { openRecordEncoder } from '../../shared/avro/record-encoder.js';
import { recordSchemas } from '../../shared/avro/record-schemas.js';
import { openRegistry } from '../../shared/avro/registry-client.js';
import { openKafka } from '../../shared/kafka/client.js';
import { topicName } from '../../shared/kafka/topics.js';
import { startLoad } from '../support/faults/load.js';
import { plainConnection } from '../support/installation.js';
import type { LoadCommand, LoadReport, LoadTask } from './threaded-load.js';

const REPORT_MS = 100;

const { brokers, registryUrl, topicPrefix, options } = workerData as LoadTask;
const tell = (report: LoadReport): void => parentPort?.postMessage(report);

const kafka = openKafka(plainConnection(brokers.split(',')), {
  clientId: 'soak-load',
  onLog: () => undefined,
});
const registry = openRegistry({ url: registryUrl, username: '', password: '', caPem: null });
const encoder = await openRecordEncoder(registry, [...recordSchemas().keys()]);
const load = startLoad(
  { kafka, encoder, topic: (name) => topicName(topicPrefix, name) },
  {
    ...options,
    onTrouble: (error) => {
      tell({ name: 'trouble', error });
    },
  },
);
const report = (): void => {
  tell({ name: 'state', acknowledged: load.acknowledged(), isUsedUp: load.isUsedUp() });
};
setInterval(report, REPORT_MS);
const obey = async (command: LoadCommand): Promise<void> => {
  if (command === 'resume') load.resume();
  else await load[command]();
  report();
  tell({ name: 'done', command });
};
parentPort?.on('message', (command: LoadCommand) => void obey(command));
