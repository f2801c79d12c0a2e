/**
 * Dashboard, alarms and runbook are about metrics that exist: a renamed metric fails here and not in the
 * night it is needed.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../shared/avro/package-root.js';
import { listFiles, readText } from './source-tree.js';

const DASHBOARD = 'deploy/grafana/dashboards/kundenpuls.json';
const ALERTS = 'deploy/prometheus/alerts.yml';
const RUNBOOK = 'docs/operations.md';
const HISTOGRAM_SUFFIX = /_(bucket|sum|count)$/;

type Panel = {
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string }[];
};

const defined = new Set(
  ['services', 'shared']
    .flatMap((folder) => listFiles(folder, '.ts'))
    .flatMap((file) => [...readText(file).matchAll(/'(kundenpuls_[a-z0-9_]+)'/g)])
    .map(([, name = '']) => name),
);

/** Metrics used in a text that no source defines; the series of a histogram count as the histogram. */
const unknownIn = (text: string): readonly string[] =>
  [...text.matchAll(/\bkundenpuls_[a-z0-9_]+/g)]
    .map(([name]) => name)
    .filter((name) => !defined.has(name) && !defined.has(name.replace(HISTOGRAM_SUFFIX, '')));

const alarms = [...readText(ALERTS).matchAll(/alert: Kundenpuls(\w+)/g)].map(
  ([, name = '']) => name,
);

const promtool = (...args: readonly string[]) =>
  spawnSync('promtool', args, { cwd: join(packageRoot(), 'deploy/prometheus'), encoding: 'utf8' });
const hasPromtool = promtool('--version').status === 0;
if (!hasPromtool) process.stderr.write('SKIPPED: no promtool here, so no alarm rule is run\n');

describe('the dashboard', () => {
  const { panels } = JSON.parse(readText(DASHBOARD)) as { readonly panels: readonly Panel[] };

  it('asks only for metrics that exist', () => {
    expect(defined.size).toBeGreaterThan(30);
    expect(unknownIn(readText(DASHBOARD))).toEqual([]);
  });

  it('asks for something in every panel', () => {
    const empty = panels.filter(({ type, targets = [] }) => type !== 'row' && targets.length === 0);
    expect(empty).toEqual([]);
  });
});

describe('the alarms', () => {
  it('are about metrics that exist', () => {
    expect(unknownIn(readText(ALERTS))).toEqual([]);
  });

  it('have a line in the runbook each, and the runbook has no other', () => {
    const lines = [...readText(RUNBOOK).matchAll(/^\*\*(\w+)\.\*\*/gm)].map(
      ([, name = '']) => name,
    );
    expect([...lines].sort()).toEqual([...alarms].sort());
  });

  it('have a test each', () => {
    const tested = readText('deploy/prometheus/alerts.test.yml');
    for (const name of alarms) expect(tested).toContain(`alertname="Kundenpuls${name}"`);
  });

  (hasPromtool ? it : it.skip)('are valid, fire on their cause and are silent before it', () => {
    for (const args of [
      ['check', 'rules', 'alerts.yml'],
      ['test', 'rules', 'alerts.test.yml'],
    ]) {
      const { status, stdout, stderr } = promtool(...args);
      expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({
        status: 0,
        said: '',
      });
    }
  });
});

describe('the operations page', () => {
  it('names every metric, and none that does not exist', () => {
    const text = readText(RUNBOOK);
    expect(unknownIn(text)).toEqual([]);
    expect([...defined].filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});
