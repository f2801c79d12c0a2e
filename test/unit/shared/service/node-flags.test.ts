/** A service runs with the same flags however it is started. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { packageRoot } from '../../../../shared/avro/package-root.js';
import { NODE_FLAGS } from '../../../../shared/service/node-flags.js';

const read = (path: string): string => readFileSync(join(packageRoot(), path), 'utf8');

describe('the flags of V8', () => {
  it('stand in the first line of the bin and in the image', () => {
    const [shebang] = read('services/cli/bin.mjs').split('\n');
    expect(shebang).toBe(`#!/usr/bin/env -S node ${NODE_FLAGS.join(' ')}`);
    const entry = ['node', ...NODE_FLAGS, 'services/cli/bin.mjs'];
    const list = entry.map((part) => `"${part}"`).join(', ');
    expect(read('deploy/compose/Dockerfile')).toContain(`ENTRYPOINT [${list}]`);
  });
});
