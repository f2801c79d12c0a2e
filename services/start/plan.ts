/** What start runs and where it keeps it: its folders, the services in their order, their settings. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { environmentWith } from '../../deploy/local/environment.js';
import type { ProcessSpec } from '../../deploy/local/processes.js';
import { packageRoot } from '../../shared/avro/package-root.js';
import type { Environment } from '../../shared/config/load.js';
import { configProblems, loadServiceConfig, type ServiceName } from '../../shared/config/tables.js';
import { NODE_FLAGS } from '../../shared/service/node-flags.js';

/**
 * In the order of starting: who reads before who writes, the simulated business last. It brings its own
 * time, so the clock, whose ticks are those of the wall, stays out.
 */
const SERVICES = [
  'scorer',
  'crm-sync',
  'sales-alerts',
  'trainer',
  'ingest',
  'simulator',
] as const satisfies readonly ServiceName[];
export type StartedService = (typeof SERVICES)[number];

const PROJECT_CHARACTERS = 8;

export type Folders = {
  readonly root: string;
  readonly stack: string;
  readonly logs: string;
  readonly out: string;
  readonly lock: string;
};

/** Returns where things are kept; an empty setting means inside the project. */
export const foldersAt = (setting: string): Folders => {
  const root = setting === '' ? join(packageRoot(), '.kundenpuls', 'start') : setting;
  const under = (name: string): string => join(root, name);
  return {
    root,
    stack: under('stack'),
    logs: under('logs'),
    out: under('out'),
    lock: under('lock'),
  };
};

/**
 * Returns the name of the Compose project: each folder has containers and data of its own, and none is the
 * project that a person starts by hand, or an empty start here would remove what is stored there.
 */
export const composeProjectAt = ({ root }: Folders): string => {
  const hash = createHash('sha256').update(resolve(root)).digest('hex');
  return `kundenpuls-start-${hash.slice(0, PROJECT_CHARACTERS)}`;
};

/** Makes the folders, emptied first when asked; returns whether data of an earlier start is there. */
export const prepareFolders = (folders: Folders, isReset: boolean): boolean => {
  const { stack, logs, out } = folders;
  const hadData = existsSync(stack);
  // Logs are of one run; data and outputs are kept unless told otherwise.
  const emptied = isReset ? [stack, logs, out] : [logs];
  for (const folder of emptied) rmSync(folder, { recursive: true, force: true });
  for (const folder of [stack, logs, out]) mkdirSync(folder, { recursive: true });
  return hadData && !isReset;
};

export type ServicePlan = {
  readonly name: StartedService;
  readonly spec: ProcessSpec;
  readonly metricsUrl: string;
  /** How long it may take to stop in order before it is killed. */
  readonly stopGraceMs: number;
};

const STOP_GRACE_MS = 25_000;
/**
 * A fit that is cut off leaves nothing behind: the next start fits again. Nobody who pressed Ctrl-C
 * should wait for its connections to close.
 */
const TRAINER_STOP_GRACE_MS = 1_000;

export type PlanOptions = {
  readonly folders: Folders;
  /** Addresses of the stack. */
  readonly env: Readonly<Record<string, string>>;
};

/** Settings of ours that a user's own win over: files as sinks, a model within minutes. */
const defaultsFor = (folders: Folders): Readonly<Record<string, string>> => ({
  KUNDENPULS_CRM_SYNC_NDJSON_FOLDER: join(folders.out, 'crm-sync'),
  KUNDENPULS_SALES_ALERTS_NDJSON_FOLDER: join(folders.out, 'sales-alerts'),
  KUNDENPULS_TRAINER_INTERVAL_MS: '300000',
});

const defaultsBeside = (given: Environment, folders: Folders): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(defaultsFor(folders)).filter(([name]) => !given[name]));

/** Returns the environment of everything that start runs. */
export const environmentOf = ({ folders, env }: PlanOptions): Readonly<Record<string, string>> => ({
  ...defaultsBeside(environmentWith({}), folders),
  ...env,
});

/** ingest has work only where source topics are named. */
const servicesFor = (env: Environment): readonly StartedService[] => {
  const hasSources = Boolean(env['KUNDENPULS_INGEST_TOPICS'] ?? env['KUNDENPULS_INGEST_MAPPING']);
  return SERVICES.filter((name) => name !== 'ingest' || hasSources);
};

/** Returns what is wrong with the settings of start and of all it runs, each problem once. */
export const settingProblems = (given: Environment): readonly string[] => {
  const env = { ...given, ...defaultsBeside(given, foldersAt('')) };
  const names: readonly ServiceName[] = ['start', 'setup', ...servicesFor(env)];
  return [...new Set(names.flatMap((name) => configProblems(name, env)))];
};

/** Returns how to run one command of the bin as a child process. */
export const commandSpec = (name: string, { folders, env }: PlanOptions): ProcessSpec => ({
  name,
  command: process.execPath,
  args: [...NODE_FLAGS, join(packageRoot(), 'services/cli/bin.mjs'), name],
  cwd: packageRoot(),
  logFile: join(folders.logs, `${name}.log`),
  env,
});

/** Plans the services; throws ConfigError when one of them could not start with these settings. */
export const planServices = (options: PlanOptions): readonly ServicePlan[] => {
  const env = environmentOf(options);
  const all = environmentWith(env);
  return servicesFor(all).map((name) => {
    const { http } = loadServiceConfig(name, all);
    return {
      name,
      spec: commandSpec(name, { ...options, env }),
      metricsUrl: `http://${http.host}:${String(http.port)}/metrics`,
      stopGraceMs: name === 'trainer' ? TRAINER_STOP_GRACE_MS : STOP_GRACE_MS,
    };
  });
};

/** Writes the addresses as a shell file, so that other commands reach the same components. */
export const writeEnvFile = ({ folders, env }: PlanOptions): string => {
  const file = join(folders.root, 'env');
  const lines = Object.entries(env).map(([name, value]) => `export ${name}='${value}'`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
};
