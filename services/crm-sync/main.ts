/** `kundenpuls crm-sync`: delivers segment changes to the CRM, by signed webhook and as JSON lines. */
import { kafkaIdentities } from '../../shared/kafka/topics.js';
import { buildDelivery } from '../../shared/service/delivery-service.js';
import { runService } from '../../shared/service/run-service.js';

/** Runs the service until it is told to stop. */
export const run = (): Promise<void> =>
  runService({
    name: 'crm-sync',
    build: (context) =>
      buildDelivery(context, {
        name: 'crm-sync',
        topics: ['segment-changes'],
        groupId: kafkaIdentities(context.config.app.name).crmSyncGroup,
        isKeeperOfLetters: false,
      }),
  });
