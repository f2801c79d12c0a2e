/** The peers in Node: what the client can do at best, what one would write first, and the least of a scorer. */
import { join } from 'node:path';
import { packageRoot } from '../../shared/avro/package-root.js';
import { startChild } from '../harness/child.js';
import type { Installation } from '../harness/installation.js';
import type { Contender, Running } from './contender.js';

const startPeer = (script: string, { env, inputTopic, app }: Installation): Promise<Running> => {
  const child = startChild({
    command: process.execPath,
    args: [join(packageRoot(), 'dist/bench/peers', script), inputTopic, `${app}-${script}`],
    cwd: packageRoot(),
    env,
    hasChannel: true,
  });
  return Promise.resolve({
    pids: [child.pid],
    done: () => Promise.resolve(child.reported()),
    isSettled: () => Promise.resolve(true),
    stop: child.stop,
    assertAlive: child.assertAlive,
  });
};

export const fetchDecode: Contender = {
  name: 'fetchDecode',
  title: 'kafkajs fetch + Avro decode only',
  usesRedis: false,
  loadShare: 1,
  output: null,
  start: (installation) => startPeer('fetch-decode.js', installation),
};

export const naive: Contender = {
  name: 'naive',
  title: 'naive: eachMessage, HGETALL + HSET',
  usesRedis: true,
  loadShare: 0.1,
  output: null,
  start: (installation) => startPeer('naive.js', installation),
};

export const batched: Contender = {
  name: 'batched',
  title: 'batched: 256 bytes, trivial rule, at least once',
  usesRedis: true,
  loadShare: 1,
  output: null,
  start: (installation) => startPeer('batched.js', installation),
};
