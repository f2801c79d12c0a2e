/** The health check of the containers, against a service that is ready, one that is not, and none. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { freePorts } from '../../../../deploy/local/ports.js';
import { packageRoot } from '../../../../shared/avro/package-root.js';

let server: Server;
let port: number;
let status: number;

beforeAll(async () => {
  [port = 0] = await freePorts(1);
  server = createServer((request, response) => {
    const isRight = request.url === '/health/ready';
    response.writeHead(isRight ? status : 404).end('Redis does not answer');
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
});

const check = async (
  portText: string,
): Promise<{ readonly code: number | null; readonly said: string }> => {
  const script = join(packageRoot(), 'deploy/compose/ready.mjs');
  const child = spawn(process.execPath, [script, portText]);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await once(child, 'close');
  return { code: child.exitCode, said };
};

describe('the health check of a container', () => {
  it('passes when the service is ready', async () => {
    status = 200;
    expect(await check(String(port))).toEqual({ code: 0, said: '' });
  });

  it('fails with what the service lacks', async () => {
    status = 503;
    expect(await check(String(port))).toEqual({ code: 1, said: 'Redis does not answer' });
  });

  it('fails with the reason when nothing answers', async () => {
    const [nobody = 0] = await freePorts(1);
    const { code, said } = await check(String(nobody));
    expect(code).toBe(1);
    expect(said).toMatch(/ECONNREFUSED/);
  });
});
