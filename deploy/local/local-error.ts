/**
 * Trouble with the machine, for the person in front of it: what is wrong and the way out, in words.
 * Whoever catches it prints the message alone; a stack trace would say nothing about a port in use.
 */

/** An error whose message is a sentence with the way out. */
export class LocalError extends Error {
  override readonly name = 'LocalError';
}

const textIn = (error: unknown, field: 'code' | 'message'): string | null => {
  if (typeof error !== 'object' || error === null || !(field in error)) return null;
  const value: unknown = Reflect.get(error, field);
  return typeof value === 'string' ? value : null;
};

/** Returns the code of an error of the operating system, such as ENOENT; empty without one. */
export const codeOf = (error: unknown): string => textIn(error, 'code') ?? '';

/** Returns what an unknown error says. */
export const messageOf = (error: unknown): string => textIn(error, 'message') ?? String(error);
