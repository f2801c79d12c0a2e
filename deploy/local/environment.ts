/** The environment of this process, for what is started on this machine. */

/** Returns the variables of this process with others laid over them. */
export const environmentWith = (
  overlay: Readonly<Record<string, string>>,
): Readonly<Record<string, string | undefined>> => ({ ...process.env, ...overlay });
