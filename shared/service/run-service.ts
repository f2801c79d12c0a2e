/**
 * What every service does the same way: read the configuration (all problems at once), open log,
 * metrics and health, start its parts in order, run until told to stop, stop in reverse. A service's
 * main.ts says only which parts it has. This room joins adapters and belongs to the services' side.
 */
import { ConfigError, redactConfig, type Environment } from '../config/load.js';
import {
  loadServiceConfig,
  SERVICES,
  type ServiceConfig,
  type ServiceName,
} from '../config/tables.js';
import { explainKafka } from '../kafka/explain.js';
import { runLifecycle, type Part, type StopReason } from '../lifecycle/lifecycle.js';
import { createLog, type Log, type LogLevel } from '../observability/log.js';
import { createMetrics, type Metrics } from '../observability/metrics.js';
import { startObservability, type HealthReport } from '../observability/server.js';

/** Exit code for a wrong configuration (EX_CONFIG of sysexits.h). */
export const EXIT_CONFIG = 78;

export type ServiceContext<S extends ServiceName> = {
  readonly config: ServiceConfig<S>;
  readonly log: Log;
  readonly metrics: Metrics;
};

export type ServiceParts = {
  readonly parts: readonly Part[];
  readonly readiness: () => HealthReport;
  /** The service's loop; the run ends when it settles. Without one it runs until a signal. */
  readonly until?: (stop: AbortSignal) => Promise<void>;
};

export type RunServiceOptions<S extends ServiceName> = {
  readonly name: S;
  readonly build: (context: ServiceContext<S>) => ServiceParts;
  readonly env?: Environment;
  /** Ends the process. */
  readonly exit?: (code: number) => void;
};

/** How long the process may go on after everything has stopped. */
const LEFT_OPEN_MS = 2_000;

type WithHttp = {
  readonly http?: { readonly host: string; readonly port: number; readonly token: string };
  readonly kafka?: { readonly brokers: readonly string[] };
  readonly app: { readonly logLevel: LogLevel; readonly stopBudgetMs: number };
};

/** From the signal to the end of the process: the last part to stop is the one that says this. */
const STOPPING: HealthReport = { isReady: false, reasons: ['stopping'] };

/** Says in words which door was shut when a part cannot start. */
const explaining = (part: Part, brokers: readonly string[]): Part => ({
  ...part,
  start: async () => {
    try {
      return await part.start();
    } catch (error) {
      throw explainKafka(error, brokers);
    }
  },
});

/** Runs a service to its end and sets the exit code of the process. */
export const runService = async <S extends ServiceName>({
  name,
  build,
  env,
  exit = (code) => {
    process.exit(code);
  },
}: RunServiceOptions<S>): Promise<void> => {
  const config = loadOrExplain(name, env);
  if (config === null) return;
  const common: WithHttp = config;
  const log = createLog({ service: name, level: common.app.logLevel });
  const metrics = createMetrics({ service: name });
  log.info(
    'service_configured',
    redactConfig<(typeof SERVICES)[S]['table']>(SERVICES[name].table, config),
  );
  const { parts, readiness, until } = build({ config, log, metrics });
  const events = lifecycleLog(log);
  let isStopping = false;
  const reportReadiness = (): HealthReport => (isStopping ? STOPPING : readiness());
  metrics.gauge({
    name: 'kundenpuls_ready',
    help: '1 while the service is ready; /health/ready has the reasons why it is not',
    collect: (gauge) => {
      gauge.set(reportReadiness().isReady ? 1 : 0);
    },
  });
  const code = await runLifecycle({
    parts: [
      ...httpPart(common, { log, metrics, readiness: reportReadiness }),
      ...parts.map((part) => explaining(part, common.kafka?.brokers ?? [])),
    ],
    stopBudgetMs: common.app.stopBudgetMs,
    events: {
      ...events,
      stopping: (reason) => {
        isStopping = true;
        events.stopping(reason);
      },
    },
    ...(until === undefined ? {} : { until }),
  });
  log.info('service_stopped', { code });
  // A part that hangs must not keep the process: what it held is safe to lose (DESIGN section 2).
  if (code !== 0) {
    exit(code);
    return;
  }
  process.exitCode = 0;
  // Nor may a connection that a client forgot, as kafkajs does when a broker goes while it connects.
  setTimeout(() => {
    log.warn('connection_left_open');
    exit(0);
  }, LEFT_OPEN_MS).unref();
};

/** Returns the configuration, or null after printing what is wrong and setting the exit code. */
export const loadOrExplain = <S extends ServiceName>(
  name: S,
  env?: Environment,
): ServiceConfig<S> | null => {
  try {
    return loadServiceConfig(name, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`kundenpuls ${name}: ${error.message}\n`);
    process.exitCode = EXIT_CONFIG;
    return null;
  }
};

const httpPart = (
  { http }: WithHttp,
  rest: { readonly log: Log; readonly metrics: Metrics; readonly readiness: () => HealthReport },
): readonly Part[] => {
  if (http === undefined) return [];
  const start = async (): Promise<() => Promise<void>> => {
    const server = await startObservability({
      ...http,
      registry: rest.metrics.registry,
      readiness: rest.readiness,
    });
    rest.log.info('metrics_served', { url: `${server.url}/metrics` });
    return server.close;
  };
  return [{ name: 'metrics', start }];
};

const lifecycleLog = (log: Log) => ({
  started: (part: string): void => {
    log.debug('part_started', { part });
  },
  stopping: (reason: StopReason): void => {
    if (reason.kind === 'failed') {
      const { error, during } = reason;
      log.error('service_failed', { error, during });
    } else log.info('service_stopping', { ...reason });
  },
  stopFailed: (part: string, error: unknown): void => {
    log.error('stop_failed', { part, error });
  },
  stopTimedOut: (part: string): void => {
    log.error('stop_timed_out', { part });
  },
});
