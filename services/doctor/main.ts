/**
 * `kundenpuls doctor`: looks at everything the services depend on and says in sentences what is wrong and
 * what to do. It changes nothing. Exit code 0 when nothing is wrong, 1 otherwise, 78 for a wrong
 * configuration.
 */
import { EXIT_CONFIG, loadOrExplain } from '../../shared/service/run-service.js';
import { diagnose, type Finding } from './diagnose.js';

const MARKS: Readonly<Record<Finding['severity'], string>> = {
  ok: 'ok   ',
  note: 'note ',
  wrong: 'WRONG',
};

/** Runs the command; options: `json` prints one object with all findings. */
export const run = async (options: Readonly<Record<string, unknown>>): Promise<void> => {
  const isJson = options['json'] === true;
  const config = loadOrExplain('doctor');
  if (config === null) {
    process.exitCode = EXIT_CONFIG;
    return;
  }
  const findings = [
    { area: 'configuration', severity: 'ok', message: 'the configuration is complete and valid' },
    ...(await diagnose(config)),
  ] as const satisfies readonly Finding[];
  const wrong = findings.filter(({ severity }) => severity === 'wrong').length;
  if (isJson) {
    process.stdout.write(`${JSON.stringify({ isHealthy: wrong === 0, findings }, null, 2)}\n`);
  } else {
    for (const { area, severity, message } of findings) {
      process.stdout.write(`${MARKS[severity]}  ${area}: ${message}\n`);
    }
    process.stdout.write(
      wrong === 0 ? 'nothing is wrong\n' : `${String(wrong)} of these must be mended\n`,
    );
  }
  if (wrong > 0) process.exitCode = 1;
};
