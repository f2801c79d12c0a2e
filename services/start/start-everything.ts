/** The parts of a start, in order: components, topics and schemas, services, the view of the outputs. */
import { openProcessKeeper, tailOf } from '../../deploy/local/processes.js';
import { LocalError } from '../../deploy/local/local-error.js';
import { checkPortsFree } from '../../deploy/local/ports.js';
import { provideStack } from '../../deploy/local/sources.js';
import type { ProvidedStack, StackPorts } from '../../deploy/local/stack.js';
import { environmentWith } from '../../deploy/local/environment.js';
import type { ServiceConfig } from '../../shared/config/tables.js';
import type { Part } from '../../shared/lifecycle/lifecycle.js';
import {
  commandSpec,
  composeProjectAt,
  environmentOf,
  planServices,
  writeEnvFile,
  type Folders,
  type ServicePlan,
} from './plan.js';
import { supervise, type Supervised } from './supervisor.js';
import { openView, type View } from './view.js';

const REVIVE_INTERVAL_MS = 2_000;

export type StartOptions = {
  readonly config: ServiceConfig<'start'>;
  readonly folders: Folders;
  /** Whether data of earlier starts that containers keep is removed first; folders are emptied already. */
  readonly isReset: boolean;
  readonly say: (sentence: string) => void;
};

export type Everything = {
  readonly parts: readonly Part[];
  /** Watches over the components and ends when told to. */
  readonly until: (stop: AbortSignal) => Promise<void>;
  /** Gives the terminal back, so that what is said while stopping stays readable. */
  readonly closeDisplay: () => void;
};

type Started = {
  stack: ProvidedStack | null;
  plans: readonly ServicePlan[];
  services: readonly Supervised[];
  view: View | null;
};

/** Lays out the parts; nothing runs before the lifecycle starts them. */
export const startEverything = (options: StartOptions): Everything => {
  const { folders, say } = options;
  const started: Started = { stack: null, plans: [], services: [], view: null };
  const keeper = openProcessKeeper();
  const plan = () => ({ folders, env: started.stack?.env ?? {} });

  const portsPart: Part = {
    name: 'ports',
    start: async () => {
      await checkMetricsPorts(planServices(plan()));
      return () => Promise.resolve();
    },
  };
  const stackPart: Part = {
    name: 'components',
    start: async () => {
      started.stack = await openStack(options);
      started.plans = planServices(plan());
      say(`addresses are in ${writeEnvFile(plan())}, for commands in another terminal`);
      return started.stack.stop;
    },
  };
  const setupPart: Part = {
    name: 'setup',
    start: async () => {
      say('creating topics and registering schemas …');
      const spec = commandSpec('setup', { folders, env: environmentOf(plan()) });
      const { code } = await (await keeper.start(spec)).exited;
      if (code !== 0) throw new LocalError(`setup failed; ${tailOf(spec.logFile)}`);
      return () => Promise.resolve();
    },
  };
  const servicesPart: Part = {
    name: 'services',
    start: async () => {
      say(`starting ${started.plans.map(({ name }) => name).join(', ')} …`);
      for (const { spec, stopGraceMs } of started.plans) {
        const service = await supervise({
          keeper,
          spec,
          stopGraceMs,
          onRestart: ({ name, lastEnd }) => {
            started.view?.notice(`${name} crashed (${lastEnd}) and is started again`);
          },
        });
        started.services = [...started.services, service];
      }
      return async () => {
        // Who writes first stops first; what is under way is then finished behind it.
        for (const service of started.services.toReversed()) await service.stop();
        await keeper.close();
      };
    },
  };
  const viewPart: Part = {
    name: 'view',
    start: async () => {
      started.view = await openView({
        plans: started.plans,
        env: environmentWith(environmentOf(plan())),
        folders,
        statuses: () => started.services.map((service) => service.status()),
      });
      return started.view.close;
    },
  };
  return {
    parts: [portsPart, stackPart, setupPart, servicesPart, viewPart],
    until: (stop) => watchComponents(started, stop),
    closeDisplay: () => started.view?.hide(),
  };
};

const checkMetricsPorts = async (plans: readonly ServicePlan[]): Promise<void> => {
  const wanted = plans.map(({ metricsUrl, name }) => ({
    port: Number(new URL(metricsUrl).port),
    use: `the metrics of ${name}`,
    variable: `KUNDENPULS_${name.toUpperCase().replaceAll('-', '_')}_PORT`,
  }));
  await checkPortsFree(wanted.filter(({ port }) => port !== 0));
};

const openStack = async ({
  config,
  folders,
  isReset,
  say,
}: StartOptions): Promise<ProvidedStack> => {
  const { local } = config;
  const ports: StackPorts = {
    kafka: local.kafkaPort,
    kafkaController: local.kafkaControllerPort,
    registry: local.registryPort,
    redis: local.redisPort,
  };
  return provideStack({
    env: environmentWith({}),
    folder: folders.stack,
    ports,
    project: composeProjectAt(folders),
    isReset,
    isEphemeral: false,
    say,
  });
};

const watchComponents = (started: Started, stop: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    let isBusy = false;
    const look = async (): Promise<void> => {
      const revived = (await started.stack?.revive()) ?? [];
      if (revived.length > 0) started.view?.notice(`${revived.join(', ')} ended; started again`);
    };
    const timer = setInterval(() => {
      if (isBusy || stop.aborted) return;
      isBusy = true;
      look()
        .catch(reject)
        .finally(() => {
          isBusy = false;
        });
    }, REVIVE_INTERVAL_MS);
    stop.addEventListener('abort', () => {
      clearInterval(timer);
      resolve();
    });
  });
