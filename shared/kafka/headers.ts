/** Turns the headers of kafkajs, an object by name, into a list, so that no bytes are lost. */
import type { IHeaders } from 'kafkajs';
import type { LogHeader } from '../core/ports.js';

type HeaderValue = Buffer | string | null | undefined;

const toHeader = (name: string, value: HeaderValue): LogHeader => ({
  name,
  value: value === undefined || value === null ? null : Buffer.from(value),
});

/** Returns the headers in order; undefined where there are none, which costs nothing. */
export const toLogHeaders = (headers: IHeaders | undefined): readonly LogHeader[] | undefined => {
  if (headers === undefined) return undefined;
  let found: LogHeader[] | undefined;
  for (const name in headers) {
    const value: HeaderValue | HeaderValue[] = headers[name];
    const values = Array.isArray(value) ? value : [value];
    (found ??= []).push(...values.map((each) => toHeader(name, each)));
  }
  return found;
};
