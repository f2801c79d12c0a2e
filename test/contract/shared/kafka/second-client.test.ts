/**
 * Runs the contract with the second client, in a process of its own: it needs a newer Node.js than the
 * project asks for. NODE_FOR_SECOND_CLIENT names one where this is not:
 * `NODE_FOR_SECOND_CLIENT=$(npx -y -p node@24 which node)`.
 */
import { newerNode, runJestOn } from '../../../support/newer-node.js';

describe('the second Kafka client', () => {
  const node = newerNode();
  const itOnNewerNode = node === null ? it.skip : it;

  itOnNewerNode(
    'keeps the contract',
    async () => {
      const { code, output } = await runJestOn(node ?? '', {
        pattern: 'test/contract/shared/kafka/log-client',
        env: { KAFKA_CLIENT_UNDER_TEST: 'platformatic' },
      });
      if (code !== 0) throw new Error(output);
      expect(output).toContain('the log client on platformatic');
    },
    180_000,
  );
});
