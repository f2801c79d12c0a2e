/** `kundenpuls sales-alerts`: delivers alerts and opportunities to sales, by webhook and as JSON lines. */
import { kafkaIdentities } from '../../shared/kafka/topics.js';
import { buildDelivery } from '../../shared/service/delivery-service.js';
import { runService } from '../../shared/service/run-service.js';

/** Runs the service until it is told to stop. */
export const run = (): Promise<void> =>
  runService({
    name: 'sales-alerts',
    build: (context) =>
      buildDelivery(context, {
        name: 'sales-alerts',
        topics: ['under-performance-alerts', 'sales-opportunities'],
        groupId: kafkaIdentities(context.config.app.name).salesAlertsGroup,
        isKeeperOfLetters: true,
      }),
  });
