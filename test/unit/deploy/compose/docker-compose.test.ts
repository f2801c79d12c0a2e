/** What every container of the Compose file is kept from, whichever is added next. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../../../../shared/avro/package-root.js';
import { loadServiceConfig, type ServiceName } from '../../../../shared/config/tables.js';

// The package has no types; what it gives is checked below.
const yaml = createRequire(import.meta.url)('js-yaml') as {
  readonly safeLoad: (text: string) => unknown;
};

const Container = z.object({
  image: z.string(),
  user: z.string(),
  read_only: z.boolean(),
  tmpfs: z.array(z.string()),
  cap_drop: z.array(z.string()),
  security_opt: z.array(z.string()),
  privileged: z.never().optional(),
  cap_add: z.never().optional(),
  ports: z.array(z.string()).default([]),
  logging: z.object({ driver: z.string() }),
});
const Service = z.object({
  image: z.literal('kundenpuls:local'),
  command: z.tuple([z.string()]),
  restart: z.string(),
  environment: z.record(z.string(), z.string()),
  stop_grace_period: z.string().regex(/^\d+s$/),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
});
const File = z.object({ services: z.record(z.string(), z.unknown()) });

const { services } = File.parse(
  yaml.safeLoad(readFileSync(join(packageRoot(), 'deploy/compose/docker-compose.yml'), 'utf8')),
);

describe('the Compose file', () => {
  it('has the components and the services', () => {
    expect(Object.keys(services)).toEqual(
      expect.arrayContaining(['kafka', 'registry', 'redis', 'setup', 'scorer', 'sales-alerts']),
    );
  });

  describe.each(Object.entries(services))('%s', (_name, service) => {
    const container = Container.parse(service);

    it('runs without root and cannot become it', () => {
      expect(container.user).not.toMatch(/^(root|0)(:|$)/);
      expect(container.security_opt).toContain('no-new-privileges:true');
      expect(container.cap_drop).toEqual(['ALL']);
    });

    it('writes to its volumes and to memory only', () => {
      expect(container.read_only).toBe(true);
      expect(container.tmpfs.map((mount) => mount.split(':')[0])).toContain('/tmp');
    });

    it('owns what is mounted over folders of its image, whose mode engines do not change', () => {
      const mounts = container.tmpfs.filter((mount) => !/^\/tmp(:|$)/.test(mount));
      expect(mounts.filter((mount) => mount.includes('mode='))).toEqual([]);
      const [uid = ''] = container.user.split(':');
      const owners = mounts.flatMap((mount) => /uid=(\d+)/.exec(mount)?.[1] ?? []);
      expect(owners.filter((owner) => owner !== uid)).toEqual([]);
    });

    it('keeps logs of a bounded size', () => {
      expect(container.logging.driver).toBe('local');
    });

    it('runs an image of one version, or one built here', () => {
      expect(container.image).toMatch(/@sha256:[0-9a-f]{64}$|:\d+\.\d+[\w.-]*$|^kundenpuls:local$/);
    });

    it('is reached from this machine only', () => {
      expect(container.ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    });
  });
});

describe('a service in a container', () => {
  const ours = Object.entries(services).flatMap(([name, service]) => {
    const { data } = Service.safeParse(service);
    return data === undefined ? [] : [{ name, ...data }];
  });
  const configOf = ({ name, environment }: (typeof ours)[number]) =>
    loadServiceConfig(name as Exclude<ServiceName, 'start'>, environment);

  it('runs the command of its name', () => {
    expect(ours.length).toBeGreaterThan(5);
    for (const { name, command } of ours) expect(command).toEqual([name]);
  });

  it('is ready when the health that it serves says so', () => {
    for (const service of ours) {
      const { name, restart, healthcheck } = service;
      const config = configOf(service);
      const port = 'http' in config ? String(config.http.port) : null;
      const test = port === null ? undefined : ['CMD', 'node', 'ready.mjs', port];
      expect({ name, restart, test: healthcheck?.test }).toEqual({
        name,
        restart: port === null ? 'on-failure' : 'unless-stopped',
        test,
      });
    }
  });

  it('has longer to stop than it takes to stop in order', () => {
    for (const service of ours) {
      const graceMs = Number.parseInt(service.stop_grace_period, 10) * 1_000;
      expect(graceMs).toBeGreaterThan(configOf(service).app.stopBudgetMs);
    }
  });
});

describe('the image of the services', () => {
  const lines = readFileSync(join(packageRoot(), 'deploy/compose/Dockerfile'), 'utf8').split('\n');
  const final = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));

  it('is made from images of one version', () => {
    for (const line of lines.filter((text) => text.startsWith('FROM '))) {
      expect(line).toMatch(/^FROM \S+(:\d+\.\d+\.\d+[\w.-]*|@sha256:[0-9a-f]{64})( AS \w+)?$/);
    }
  });

  it('ends as a user that is not root', () => {
    const users = final.filter((line) => line.startsWith('USER '));
    expect(users).toEqual(['USER node']);
  });

  it('installs what the lock file says and runs no script of a package', () => {
    const installs = lines.filter((line) => line.includes('npm ci') || line.includes('npm prune'));
    expect(installs).toHaveLength(2);
    for (const line of installs) expect(line).toContain('--ignore-scripts');
    expect(lines.join('\n')).not.toMatch(/npm install/);
  });
});
