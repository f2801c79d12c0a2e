/** Ports are checked before anything is started on them, and named with the way out. */
import { createServer } from 'node:net';
import { checkPortsFree, freePorts, isPortOpen } from '../../../../deploy/local/ports.js';

const USE = { use: 'Kafka', variable: 'KUNDENPULS_LOCAL_KAFKA_PORT' };

describe('ports', () => {
  it('are different and free', async () => {
    const ports = await freePorts(8);
    expect(new Set(ports).size).toBe(8);
    await checkPortsFree(ports.map((port) => ({ port, ...USE })));
  });

  it('are none that a system hands to outgoing connections, and none twice', async () => {
    const [first, second] = [await freePorts(4), await freePorts(4)];
    expect(new Set([...first, ...second]).size).toBe(8);
    expect(Math.max(...first, ...second)).toBeLessThan(32_768);
  });

  it('are none that somebody listens on', async () => {
    const [before = 0] = await freePorts(1);
    const server = createServer();
    // The next one in turn, taken meanwhile.
    await new Promise<void>((resolve) => {
      server.listen(before + 1, '127.0.0.1', resolve);
    });
    expect(await freePorts(2)).not.toContain(before + 1);
    await new Promise((resolve) => server.close(resolve));
  });

  it('are named with their use and the variable that moves them when taken', async () => {
    const [port = 0, free = 0] = await freePorts(2);
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    });
    expect(await isPortOpen(port)).toBe(true);
    const wanted = [port, free, port].map((one, i) => ({ port: one, use: `use ${String(i)}` }));
    const named = (i: number): string =>
      `port ${String(port)} for use ${String(i)} is in use.*KUNDENPULS_LOCAL_KAFKA_PORT.*`;
    await expect(
      checkPortsFree(wanted.map((one) => ({ ...one, variable: USE.variable }))),
    ).rejects.toThrow(new RegExp(`^${named(0)}\n  ${named(2)}$`));
    await new Promise((resolve) => server.close(resolve));
    expect(await isPortOpen(port)).toBe(false);
  });
});
