/** `kundenpuls ingest`: re-keys source topics into customer-events, exactly once. */
import { runService } from '../../shared/service/run-service.js';
import { buildIngest } from './build.js';

/** Runs ingest until it is told to stop. */
export const run = (): Promise<void> => runService({ name: 'ingest', build: buildIngest });
