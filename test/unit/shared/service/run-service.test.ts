import { freePorts } from '../../../../deploy/local/ports.js';
import { runService } from '../../../../shared/service/run-service.js';

describe('a service', () => {
  it('is ready while it runs and no longer while it stops', async () => {
    const [port = 0] = await freePorts(1);
    const seen: string[] = [];
    const ask = async (when: string): Promise<void> => {
      const response = await fetch(`http://127.0.0.1:${String(port)}/health/ready`);
      const { reasons } = (await response.json()) as { reasons: readonly string[] };
      seen.push(`${when}: ${String(response.status)} ${reasons.join()}`);
    };
    const exitCode = process.exitCode;
    let ended: (code: number) => void = () => undefined;
    const exited = new Promise<number>((resolve) => {
      ended = resolve;
    });
    await runService({
      name: 'clock',
      env: { KUNDENPULS_CLOCK_PORT: String(port), KUNDENPULS_LOG_LEVEL: 'error' },
      build: () => ({
        parts: [{ name: 'probe', start: () => Promise.resolve(() => ask('stopping')) }],
        readiness: () => ({ isReady: true, reasons: [] }),
        until: () => ask('running'),
      }),
      exit: ended,
    });
    expect(seen).toEqual(['running: 200 ', 'stopping: 503 stopping']);
    expect(process.exitCode).toBe(0);
    process.exitCode = exitCode;
    // Whatever still keeps the process alive, here this test, does not keep it for ever.
    expect(await exited).toBe(0);
  });
});
