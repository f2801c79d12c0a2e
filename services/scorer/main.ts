/**
 * The scorer service: opens its adapters, starts the pipeline on them and ends with it. The flow is in
 * pipeline.ts, the protocol in shared/pipeline.
 */
import type { Part } from '../../shared/lifecycle/lifecycle.js';
import { connectRedis, explainRefusal } from '../../shared/redis/client.js';
import {
  runService,
  type ServiceContext,
  type ServiceParts,
} from '../../shared/service/run-service.js';
import { openAdapters } from './adapters.js';
import { createReadiness } from './readiness.js';
import { assertRedisKeeps } from './start-checks.js';
import { startPipeline } from './start-pipeline.js';

const REDIS_CONNECT_DEADLINE_MS = 10_000;

/** Runs the scorer until it is told to stop. */
export const run = (): Promise<void> => runService({ name: 'scorer', build });

const build = (context: ServiceContext<'scorer'>): ServiceParts => {
  const adapters = openAdapters(context);
  const { redis, registry, reader } = adapters;
  const readiness = createReadiness({ isRedisReady: () => redis.status === 'ready' });
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const parts: readonly Part[] = [
    {
      name: 'stores',
      start: async () => {
        await connectRedis(redis, REDIS_CONNECT_DEADLINE_MS);
        await assertRedisKeeps(redis);
        return async () => {
          redis.disconnect();
          await registry.close();
        };
      },
    },
    {
      name: 'artefacts',
      start: async () => {
        await reader.start();
        return () => reader.stop();
      },
    },
    {
      name: 'pipeline',
      start: () =>
        startPipeline(context, {
          adapters,
          readiness,
          onFailed: (error) => {
            fail(explainRefusal(redis, error));
          },
        }),
    },
  ];
  return { parts, readiness: readiness.report, until: (stop) => untilStopped(stop, failed) };
};

const untilStopped = (stop: AbortSignal, failed: Promise<never>): Promise<void> =>
  Promise.race([
    failed,
    new Promise<void>((resolve) => {
      stop.addEventListener('abort', () => {
        resolve();
      });
    }),
  ]);
