/** Entry of a thread with one proxy: does what it is told, and tells its port first. */
import { parentPort } from 'node:worker_threads';
import { startProxy } from '../support/faults/proxy.js';
import type { Command } from './threaded-proxy.js';

const proxy = await startProxy();
parentPort?.on('message', (command: Command) => {
  switch (command.name) {
    case 'lead':
      proxy.lead(command.port);
      break;
    case 'delay':
      proxy.delay(command.ms);
      break;
    case 'stall':
      proxy.stall(...command.directions);
      break;
    default:
      proxy[command.name]();
  }
});
parentPort?.postMessage(proxy.port);
