import { once } from 'node:events';
import { createServer } from 'node:net';
import { runService } from '../../../../shared/service/run-service.js';

/** A port that is free at this moment. */
const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
};

describe('a service', () => {
  it('is ready while it runs and no longer while it stops', async () => {
    const port = await freePort();
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
