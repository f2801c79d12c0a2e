/** The screen of a start: everything known, in words, never wider than the terminal. */
import { renderLine, renderScreen, type Snapshot } from '../../../../services/start/display.js';

const snapshot: Snapshot = {
  upForMs: 133_000,
  recordsPerSecond: 49.6,
  recordsTotal: 6_650,
  lagRecords: 3,
  deadLetters: 1,
  customersBySegment: new Map([
    ['D', 900],
    ['KA', 12],
    ['B', 0],
  ]),
  segmentChanges: [{ atMs: Date.UTC(2026, 0, 1, 10, 32, 11), text: 'C-1 moves from B to A.' }],
  alerts: [],
  opportunities: [],
  services: [
    { name: 'scorer', state: 'running', restarts: 2, lastEnd: 'ended by SIGKILL' },
    { name: 'trainer', state: 'misconfigured', restarts: 0, lastEnd: 'exit code 78' },
  ],
  metricsUrls: new Map([['scorer', 'http://127.0.0.1:9471/metrics']]),
  outFolder: 'out',
  logFolder: 'logs',
  notice: '',
};

describe('the screen', () => {
  const lines = renderScreen(snapshot, 100);

  it('shows pace, total, lag and dead letters', () => {
    expect(lines).toContain('Events     50 events/s   6,650 scored   lag 3   dead letters 1');
  });

  it('counts customers from the best segment to the last, and only known segments', () => {
    expect(lines).toContain('Customers  KA 12   B 0   D 900');
  });

  it('shows the latest changes with their time, and says where there are none', () => {
    expect(lines).toContain('  10:32:11  C-1 moves from B to A.');
    expect(lines[lines.indexOf('Latest alerts') + 1]).toBe('  none yet');
  });

  it('says how often a service came back, why one is down, and where its metrics are', () => {
    expect(lines).toContain(
      '  scorer         running, restarted 2× (last ended by SIGKILL)   http://127.0.0.1:9471/metrics',
    );
    expect(lines.some((line) => line.includes('misconfigured (exit code 78)'))).toBe(true);
  });

  it('is never wider than the terminal', () => {
    const text = 'x'.repeat(500);
    const wide = { ...snapshot, segmentChanges: [{ atMs: 0, text }] };
    const widths = renderScreen(wide, 60).map((line) => line.length);
    expect(Math.max(...widths)).toBe(60);
  });
});

describe('the line without a terminal', () => {
  it('says the essentials in one line', () => {
    expect(renderLine(snapshot)).toBe(
      'up 2 min 13 s | 50 events/s, 6,650 scored, lag 3, dead letters 1 | ' +
        'customers: KA 12, B 0, D 900 | C-1 moves from B to A.',
    );
  });

  it('says that the scorer does not answer yet', () => {
    const silent = { ...snapshot, recordsPerSecond: null, segmentChanges: [] };
    expect(renderLine(silent)).toBe(
      'up 2 min 13 s | waiting for the scorer | customers: KA 12, B 0, D 900',
    );
  });
});
