/** Brings the locked files into a folder: through Maven where it is, else straight from its Central. */
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { request } from 'undici';
import { LocalError, messageOf } from './local-error.js';
import type { LockedFile } from './lock.js';
import { copyWithMaven, hasMaven } from './maven.js';

const CENTRAL = 'https://repo.maven.apache.org/maven2';
const ANSWER_TIMEOUT_MS = 30_000;
const IN_FLIGHT = 4;

/** Brings the files of a lock into a folder, laid out as in a Maven repository. */
export type Download = (lock: readonly LockedFile[], folder: string) => Promise<void>;

/** Downloads; what arrived is checked by the caller against the lock. Throws LocalError. */
export const download: Download = async (lock, folder) => {
  if (await hasMaven()) {
    await copyWithMaven(folder);
    return;
  }
  const waiting = [...lock];
  const work = async (): Promise<void> => {
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      await fetchFile(file.path, join(folder, file.path));
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
};

const fetchFile = async (path: string, target: string): Promise<void> => {
  mkdirSync(dirname(target), { recursive: true });
  const url = `${CENTRAL}/${path}`;
  try {
    const { statusCode, body } = await request(url, {
      headersTimeout: ANSWER_TIMEOUT_MS,
      bodyTimeout: ANSWER_TIMEOUT_MS,
    });
    if (statusCode !== 200) {
      await body.dump();
      throw new Error(`it answered with status ${String(statusCode)}`);
    }
    await pipeline(body, createWriteStream(target));
  } catch (error) {
    throw new LocalError(
      `${url} cannot be fetched (${messageOf(error)}); without Maven there is no way round a proxy: ` +
        'install Maven (`apt-get install maven`) and set the proxy in ~/.m2/settings.xml',
      { cause: error },
    );
  }
};
