/**
 * Compose against a real engine, with the smallest component: what is kept, what is removed, and what a
 * container that fails leaves to read. Skipped where no engine with the image is, which is said.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { openCompose } from '../../../../deploy/local/docker.js';
import { packageRoot } from '../../../../shared/avro/package-root.js';

const TIMEOUT_MS = 300_000;
const PROJECT = `kundenpuls-docker-test-${String(process.pid)}`;
const file = readFileSync(join(packageRoot(), 'deploy/compose/docker-compose.yml'), 'utf8');
const image = /image: (redis:\S+)/.exec(file)?.[1] ?? '';

const docker = (...args: readonly string[]): string | null => {
  const { status, stdout } = spawnSync('docker', args, { encoding: 'utf8', timeout: 15_000 });
  return status === 0 ? stdout : null;
};
const isThere = docker('compose', 'version') !== null && docker('image', 'inspect', image) !== null;
if (!isThere) {
  process.stderr.write(`SKIPPED: Compose on a real engine; there is none that has ${image}\n`);
}

const volumes = (): string =>
  docker('volume', 'ls', '-q', '--filter', `label=com.docker.compose.project=${PROJECT}`) ?? '?';
const containers = (): string =>
  docker('ps', '-aq', '--filter', `label=com.docker.compose.project=${PROJECT}`) ?? '?';

const start = async (options: { readonly isEphemeral: boolean; readonly isReset?: boolean }) => {
  const compose = await openCompose({ parts: ['redis'], project: PROJECT, ...options });
  await compose.clear();
  expect(await compose.create()).toBeNull();
  const stack = await compose.start();
  return { stack, redis: new Redis(stack.env['KUNDENPULS_REDIS_URL'] ?? '') };
};

(isThere ? describe : describe.skip)('Compose on a real engine', () => {
  it(
    'keeps data over a stop and a killed run, and removes it when told to',
    async () => {
      const first = await start({ isEphemeral: false });
      await first.redis.set('kept', 'yes');
      first.redis.disconnect();
      await first.stack.stop();
      expect(containers()).toBe('');

      // Never stopped, as a run that was killed: the next one takes its place.
      const killed = await start({ isEphemeral: false });
      expect(await killed.redis.get('kept')).toBe('yes');
      killed.redis.disconnect();

      const last = await start({ isEphemeral: true, isReset: true });
      expect(await last.redis.get('kept')).toBeNull();
      last.redis.disconnect();
      await last.stack.stop();
      expect([containers(), volumes()]).toEqual(['', '']);
    },
    TIMEOUT_MS,
  );
});
