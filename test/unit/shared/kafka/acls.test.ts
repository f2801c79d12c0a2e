import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { packageRoot } from '../../../../shared/avro/package-root.js';
import { allAcls, KAFKA_ROLES } from '../../../../shared/kafka/acls.js';

const NAMES = { app: 'kundenpuls', topicPrefix: '', sourceTopics: ['erp-orders'] };

describe('the access lists for Kafka', () => {
  it('are the ones in deploy/security', () => {
    const file = join(packageRoot(), 'deploy/security/kafka-acls.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(allAcls(NAMES))),
    );
  });

  it('give no two roles rights on the same transactional ids', () => {
    // A simulator takes the place of the clock, and whichever starts last fences the other.
    const roles = KAFKA_ROLES.filter((role) => role !== 'simulator');
    const prefixes = roles.flatMap((role) =>
      allAcls(NAMES)
        [role].filter(({ resource }) => resource === 'transactional-id')
        .map(({ name }) => name),
    );
    for (const [i, one] of prefixes.entries()) {
      for (const other of prefixes.slice(i + 1)) {
        expect(one.startsWith(other) || other.startsWith(one)).toBe(false);
      }
    }
    expect(prefixes.length).toBeGreaterThan(0);
  });

  it('let nobody but the services that own a topic write to it', () => {
    const writers = new Map<string, string[]>();
    for (const role of KAFKA_ROLES) {
      for (const { resource, name, operations } of allAcls(NAMES)[role]) {
        if (resource !== 'topic' || !operations.includes('write')) continue;
        writers.set(name, [...(writers.get(name) ?? []), role]);
      }
    }
    expect(writers.get('segment-changes')).toEqual(['scorer']);
    expect(writers.get('customer-scores')).toEqual(['scorer']);
    expect(writers.get('models')).toEqual(['stream', 'trainer']);
  });
});
