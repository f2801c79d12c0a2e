/** The live view: asks the scorer, follows the outputs, and draws; on a terminal in its own screen. */
import { relative } from 'node:path';
import { openRegistry } from '../../shared/avro/registry-client.js';
import type { Environment } from '../../shared/config/load.js';
import { loadServiceConfig } from '../../shared/config/tables.js';
import { openKafka } from '../../shared/kafka/client.js';
import { renderLine, renderScreen, type Snapshot } from './display.js';
import { followOutputs } from './latest-outputs.js';
import type { Folders, ServicePlan } from './plan.js';
import { askScorer, type ScorerFigures } from './scorer-metrics.js';
import type { ServiceStatus } from './supervisor.js';

const REDRAW_MS = 1_000;
/** Without a terminal: a line for a log. */
const LINE_MS = 5_000;
const COLUMNS_DEFAULT = 100;
const MS_PER_SECOND = 1_000;
/** The screen beside the one with the history, hidden cursor; and back. */
const ENTER_SCREEN = '\u001B[?1049h\u001B[?25l';
const LEAVE_SCREEN = '\u001B[?25h\u001B[?1049l';
const HOME_AND_CLEAR = '\u001B[H\u001B[J';

export type View = {
  /** Shows a sentence below the rest until the next one. */
  readonly notice: (sentence: string) => void;
  /** Gives the terminal back at once. */
  readonly hide: () => void;
  readonly close: () => Promise<void>;
};

export type ViewOptions = {
  readonly plans: readonly ServicePlan[];
  readonly env: Environment;
  readonly folders: Folders;
  readonly statuses: () => readonly ServiceStatus[];
};

/** Opens the view and draws until it is closed. */
export const openView = async (options: ViewOptions): Promise<View> => {
  const { env, plans, folders, statuses } = options;
  const { app, ...config } = loadServiceConfig('scorer', env);
  const kafka = openKafka(config.kafka, { clientId: `${app.name}-start`, onLog: () => undefined });
  const registry = openRegistry(config.registry);
  const outputs = await followOutputs({ kafka, registry, topicPrefix: app.topicPrefix });
  const scorerUrl = plans.find(({ name }) => name === 'scorer')?.metricsUrl ?? '';
  const metricsUrls = new Map<string, string>(plans.map((plan) => [plan.name, plan.metricsUrl]));
  const startedMs = performance.now();
  const rate = createRate();
  let notice = '';

  // What was known stays on the screen while the scorer is too busy or too dead to answer.
  let known: ScorerFigures | null = null;

  const snapshot = async (): Promise<Snapshot> => {
    const figures = await askScorer(scorerUrl);
    known = figures ?? known;
    return {
      upForMs: performance.now() - startedMs,
      recordsPerSecond: rate(figures, performance.now()),
      recordsTotal: known?.recordsTotal ?? 0,
      lagRecords: known?.lagRecords ?? 0,
      deadLetters: known?.deadLetters ?? 0,
      customersBySegment: known?.customersBySegment ?? new Map(),
      segmentChanges: outputs.of('segment-changes').toReversed(),
      alerts: outputs.of('under-performance-alerts').toReversed(),
      opportunities: outputs.of('sales-opportunities').toReversed(),
      services: statuses(),
      metricsUrls,
      outFolder: relative(process.cwd(), folders.out),
      logFolder: relative(process.cwd(), folders.logs),
      notice,
    };
  };
  const pen = openPen(snapshot);
  return {
    notice: (sentence) => {
      notice = sentence;
      pen.note(sentence);
    },
    hide: pen.hide,
    close: async () => {
      pen.hide();
      await outputs.stop();
      await registry.close();
    },
  };
};

/** Records per second between two answers; null at first, and after the scorer started anew. */
const createRate = () => {
  let before: { readonly total: number; readonly atMs: number } | null = null;
  return (figures: ScorerFigures | null, nowMs: number): number | null => {
    if (figures === null) return null;
    const last = before;
    before = { total: figures.recordsTotal, atMs: nowMs };
    if (last === null || figures.recordsTotal < last.total) return 0;
    return ((figures.recordsTotal - last.total) * MS_PER_SECOND) / (nowMs - last.atMs);
  };
};

const openPen = (snapshot: () => Promise<Snapshot>) => {
  const { stdout } = process;
  let isHidden = false;
  const draw = async (): Promise<void> => {
    const now = await snapshot();
    if (isHidden) return;
    if (!stdout.isTTY) stdout.write(`${renderLine(now)}\n`);
    else {
      const lines = renderScreen(now, stdout.columns || COLUMNS_DEFAULT);
      stdout.write(`${HOME_AND_CLEAR}${lines.slice(0, stdout.rows - 1).join('\n')}\n`);
    }
  };
  if (stdout.isTTY) stdout.write(ENTER_SCREEN);
  let isDrawing = false;
  const timer = setInterval(
    () => {
      if (isDrawing) return;
      isDrawing = true;
      void draw().finally(() => {
        isDrawing = false;
      });
    },
    stdout.isTTY ? REDRAW_MS : LINE_MS,
  );
  return {
    note: (sentence: string): void => {
      if (!stdout.isTTY) stdout.write(`${sentence}\n`);
    },
    hide: (): void => {
      if (isHidden) return;
      isHidden = true;
      clearInterval(timer);
      if (stdout.isTTY) stdout.write(LEAVE_SCREEN);
    },
  };
};
