/**
 * What was asked of a partition's state is not answered: it is not where the asker left it. Another owner
 * has gone on, or the store went back; whoever asked takes the partition over anew, or lets it go.
 */
export class StateMoved extends Error {
  override readonly name = 'StateMoved';
  /** The next acquisition finds out who owns it, and where it stands. */
  readonly retriable = true;

  constructor(partition: number) {
    super(`partition ${String(partition)}: the state is not where this owner left it`);
  }
}
