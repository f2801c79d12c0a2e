/**
 * What a person sees while everything runs: one screen, redrawn on a terminal, a line now and then
 * elsewhere. Pure: from what is known now to text.
 */
import type { ServiceStatus } from './supervisor.js';

export type LatestLine = { readonly atMs: number; readonly text: string };

export type Snapshot = {
  readonly upForMs: number;
  /** Records per second over the last interval; null while the scorer does not answer. */
  readonly recordsPerSecond: number | null;
  readonly recordsTotal: number;
  readonly lagRecords: number;
  readonly deadLetters: number;
  readonly customersBySegment: ReadonlyMap<string, number>;
  readonly segmentChanges: readonly LatestLine[];
  readonly alerts: readonly LatestLine[];
  readonly opportunities: readonly LatestLine[];
  readonly services: readonly ServiceStatus[];
  /** Addresses of metrics by service. */
  readonly metricsUrls: ReadonlyMap<string, string>;
  readonly outFolder: string;
  readonly logFolder: string;
  readonly notice: string;
};

const SEGMENT_ORDER = ['KA', 'A', 'B', 'C', 'D'];
const MS_PER_SECOND = 1_000;
const COLUMNS_MIN = 40;

const count = (value: number): string => Math.round(value).toLocaleString('en-US');
const time = (ms: number): string => new Date(ms).toISOString().slice(11, 19);

const duration = (ms: number): string => {
  const seconds = Math.floor(ms / MS_PER_SECOND);
  const minutes = Math.floor(seconds / 60);
  return minutes === 0
    ? `${String(seconds)} s`
    : `${String(minutes)} min ${String(seconds % 60)} s`;
};

const cut = (text: string, columns: number): string =>
  text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;

const flowLine = ({ recordsPerSecond, recordsTotal, lagRecords, deadLetters }: Snapshot): string =>
  recordsPerSecond === null
    ? 'waiting for the scorer'
    : [
        `${count(recordsPerSecond)} events/s`,
        `${count(recordsTotal)} scored`,
        `lag ${count(lagRecords)}`,
        `dead letters ${count(deadLetters)}`,
      ].join('   ');

const segmentLine = ({ customersBySegment }: Snapshot): string => {
  const known = SEGMENT_ORDER.filter((segment) => customersBySegment.has(segment));
  if (known.length === 0) return 'no customers yet';
  return known
    .map((segment) => `${segment} ${count(customersBySegment.get(segment) ?? 0)}`)
    .join('   ');
};

const latest = (title: string, lines: readonly LatestLine[]): readonly string[] => [
  '',
  title,
  ...(lines.length === 0
    ? ['  none yet']
    : lines.map(({ atMs, text }) => `  ${time(atMs)}  ${text}`)),
];

const serviceLine = (
  { name, state, restarts, lastEnd }: ServiceStatus,
  urls: ReadonlyMap<string, string>,
): string => {
  const again = restarts === 0 ? '' : `, restarted ${String(restarts)}× (last ${lastEnd})`;
  const why = state === 'misconfigured' || state === 'ended' ? ` (${lastEnd})` : '';
  return `  ${name.padEnd(14)} ${state}${why}${again}   ${urls.get(name) ?? ''}`;
};

/** Returns the lines of the screen, none wider than the terminal. */
export const renderScreen = (snapshot: Snapshot, columns: number): readonly string[] =>
  [
    `Kundenpuls, up for ${duration(snapshot.upForMs)} — Ctrl-C stops everything`,
    '',
    `Events     ${flowLine(snapshot)}`,
    `Customers  ${segmentLine(snapshot)}`,
    ...latest('Latest segment changes', snapshot.segmentChanges),
    ...latest('Latest alerts', snapshot.alerts),
    ...latest('Latest opportunities', snapshot.opportunities),
    '',
    'Services, with the addresses of their metrics',
    ...snapshot.services.map((status) => serviceLine(status, snapshot.metricsUrls)),
    '',
    `All outputs as JSON lines in ${snapshot.outFolder}`,
    `Logs in ${snapshot.logFolder}`,
    ...(snapshot.notice === '' ? [] : ['', snapshot.notice]),
  ].map((line) => cut(line, Math.max(columns, COLUMNS_MIN)));

/** Returns one line for output that is no terminal. */
export const renderLine = (snapshot: Snapshot): string => {
  const last = [...snapshot.segmentChanges, ...snapshot.alerts]
    .sort((a, b) => b.atMs - a.atMs)
    .at(0);
  return [
    `up ${duration(snapshot.upForMs)}`,
    flowLine(snapshot).replaceAll('   ', ', '),
    `customers: ${segmentLine(snapshot).replaceAll('   ', ', ')}`,
    ...(last === undefined ? [] : [last.text]),
  ].join(' | ');
};
