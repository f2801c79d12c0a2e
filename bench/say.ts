/** Where the bench speaks: standard output, so that logs of the services it starts stay apart. */

/** Prints a line for the person at the terminal. */
export const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
