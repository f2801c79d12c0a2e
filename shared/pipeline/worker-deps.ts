/** What a partition worker is given, and the one error that ends it for good. */
import type { Artefacts, EngineOutput } from '../core/engine/engine.js';
import type { InputEvent } from '../core/engine/input-event.js';
import type {
  CommitResult,
  LogRecord,
  OpenPublisher,
  OutboxEntry,
  PartitionSource,
  StateStore,
} from '../core/ports.js';
import type { Refusal } from '../core/engine/outcome.js';
import type { ClosedPeriod } from './closed-period.js';

/** The partition cannot go on without a person: the log or the state has lost something. */
export class StopPartition extends Error {
  override readonly name = 'StopPartition';
}

export type { Refusal };

/** Decodes values; `prepare` fetches schemas that are not known yet, and may throw to retry. */
export type EventDecoder = {
  readonly prepare: (records: readonly LogRecord[]) => Promise<void>;
  readonly decode: (record: LogRecord) => InputEvent | Refusal;
};

/** Encodes outputs; deterministic, since an output may be computed more than once. */
export type OutputEncoder = {
  readonly encode: (output: EngineOutput) => Pick<OutboxEntry, 'output' | 'key' | 'value'>;
  readonly deadLetter: (
    refusal: Refusal,
    record: LogRecord,
    identity: { readonly partition: number; readonly outputId: string },
  ) => Pick<OutboxEntry, 'output' | 'key' | 'value'>;
};

export type ArtefactSource = Artefacts & {
  /** Resolves when both versions are there. */
  readonly waitFor: (rulebookVersion: string, modelVersion: string) => Promise<void>;
  /** Resolves when the version is there with this content, or is known not to exist. */
  readonly waitForActivation: (event: {
    readonly kind: 'rulebook' | 'model';
    readonly version: string;
    readonly sha256: string;
  }) => Promise<void>;
};

/** What the worker reports, for logs and metrics; must not throw. */
export type WorkerEvents = {
  readonly acquired: (partition: number, next: number) => void;
  readonly rollback: (partition: number, at: { next: number; mark: number }) => void;
  readonly rebuild: (partition: number, mark: number) => void;
  readonly outcome: (kind: string, code: string) => void;
  readonly staged: (stage: 'load' | 'fold', tookMs: number, records: number) => void;
  readonly committed: (partition: number, at: { next: number; tookMs: number }) => void;
  readonly commitDoubt: (partition: number, error: unknown) => void;
  readonly lostOwnership: (partition: number, result: CommitResult) => void;
  readonly published: (partition: number, entries: readonly OutboxEntry[], tookMs: number) => void;
  readonly publishDoubt: (partition: number, error: unknown) => void;
  readonly emitted: (output: EngineOutput) => void;
  /** A comparison period is over; told again when its tick is applied again. */
  readonly periodClosed: (period: ClosedPeriod) => void;
  readonly failed: (partition: number, error: unknown) => void;
};

export type WorkerLimits = {
  readonly chunkRecordsMax: number;
  readonly chunkBytesMax: number;
  readonly cachedCustomersMax: number;
  readonly drainBudgetMs: number;
};

export type WorkerDeps = {
  readonly partition: number;
  readonly store: StateStore;
  readonly source: PartitionSource;
  readonly openPublisher: OpenPublisher;
  readonly decoder: EventDecoder;
  readonly encoder: OutputEncoder;
  readonly artefacts: ArtefactSource;
  readonly events: WorkerEvents;
  readonly limits: WorkerLimits;
  readonly isFenced: (error: unknown) => boolean;
  readonly isRetriable: (error: unknown) => boolean;
  readonly sleep: (ms: number) => Promise<void>;
  /** Wall clock, for durations in metrics only. */
  readonly nowMs: () => number;
};
