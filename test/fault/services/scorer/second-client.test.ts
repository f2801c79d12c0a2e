/**
 * Fault tests with scorers on the second Kafka client, which needs a newer Node.js: the kill test in every
 * run, the rows of the matrix and of the cluster with KUNDENPULS_TEST_FAULTS=all.
 */
import { newerNode, runJestOn } from '../../../support/newer-node.js';

const TEST_TIMEOUT_MS = 600_000;
/** All rows, on two cores. */
const MATRIX_TIMEOUT_MS = 3_600_000;

describe('a scorer on the second Kafka client', () => {
  const node = newerNode();
  const isWhole = process.env['KUNDENPULS_TEST_FAULTS'] === 'all';

  const passes = async (pattern: string): Promise<void> => {
    const { code, output } = await runJestOn(node ?? '', {
      pattern: `test/fault/services/scorer/${pattern}`,
      env: { KUNDENPULS_SCORER_KAFKA_CLIENT: 'platformatic' },
    });
    if (code !== 0) throw new Error(output);
  };

  (node === null ? it.skip : it)(
    'that is killed at random under load leaves every output exactly once',
    () => passes('kill'),
    TEST_TIMEOUT_MS,
  );

  (node === null || !isWhole ? it.skip : it).each(['matrix', 'cluster'])(
    'passes every fault of the %s',
    passes,
    MATRIX_TIMEOUT_MS,
  );
});
