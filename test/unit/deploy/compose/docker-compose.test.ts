/** What every container of the Compose file is kept from, whichever is added next. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../../../../shared/avro/package-root.js';

// The package has no types; what it gives is checked below.
const yaml = createRequire(import.meta.url)('js-yaml') as {
  readonly safeLoad: (text: string) => unknown;
};

const Container = z.object({
  user: z.string(),
  read_only: z.boolean(),
  tmpfs: z.array(z.string()),
  cap_drop: z.array(z.string()),
  security_opt: z.array(z.string()),
  privileged: z.never().optional(),
  cap_add: z.never().optional(),
  ports: z.array(z.string()).default([]),
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

    it('is reached from this machine only', () => {
      expect(container.ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    });
  });
});
