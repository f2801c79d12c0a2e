/** Ends an exhaustive switch: the compiler proves that it is never reached. */
export const assertNever = (value: never): never => {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
};
