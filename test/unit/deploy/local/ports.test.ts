/** Ports are checked before anything is started on them, and named with the way out. */
import { createServer } from 'node:net';
import { checkPortFree, freePorts, isPortOpen } from '../../../../deploy/local/ports.js';

const USE = { use: 'Kafka', variable: 'KUNDENPULS_LOCAL_KAFKA_PORT' };

describe('ports', () => {
  it('are different and free', async () => {
    const ports = await freePorts(8);
    expect(new Set(ports).size).toBe(8);
    for (const port of ports) await checkPortFree(port, USE);
  });

  it('are named with their use and the variable that moves them when taken', async () => {
    const [port = 0] = await freePorts(1);
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
    expect(await isPortOpen(port)).toBe(true);
    await expect(checkPortFree(port, USE)).rejects.toThrow(
      new RegExp(`port ${String(port)} for Kafka is in use.*KUNDENPULS_LOCAL_KAFKA_PORT`),
    );
    await new Promise((resolve) => server.close(resolve));
    expect(await isPortOpen(port)).toBe(false);
  });
});
