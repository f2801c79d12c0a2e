/** The kill test with scorers on the second Kafka client, which needs a newer Node.js. */
import { newerNode, runJestOn } from '../../../support/newer-node.js';

describe('a scorer on the second Kafka client', () => {
  const node = newerNode();
  const itOnNewerNode = node === null ? it.skip : it;

  itOnNewerNode(
    'that is killed at random under load leaves every output exactly once',
    async () => {
      const { code, output } = await runJestOn(node ?? '', {
        pattern: 'test/fault/services/scorer/kill',
        env: { KUNDENPULS_SCORER_KAFKA_CLIENT: 'platformatic' },
      });
      if (code !== 0) throw new Error(output);
    },
    600_000,
  );
});
