/**
 * Kafka with TLS, SCRAM and access lists, Redis with TLS and users, and the registry behind HTTPS with a
 * password: real servers, as a careful installation has them. Administration of the test itself goes
 * through a plain listener that no service is told of.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { request as httpRequest } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { join } from 'node:path';
import { Redis as Client } from 'ioredis';
import { provideComponents } from '../../../deploy/local/cache.js';
import { startKafka, type KafkaCluster } from '../../../deploy/local/kafka.js';
import { freePorts } from '../../../deploy/local/ports.js';
import { openProcessKeeper, type ProcessKeeper } from '../../../deploy/local/processes.js';
import { startRedis, type Redis } from '../../../deploy/local/redis.js';
import { startRegistry } from '../../../deploy/local/registry.js';
import { runTool } from '../../../deploy/local/run-tool.js';
import { provideJava, provideRedis } from '../../../deploy/local/tools.js';
import { makeCertificates, type Certificates } from './certificates.js';

export type SecuredStack = {
  readonly certificates: Certificates;
  /** Plain listener for the test's own administration. */
  readonly adminBroker: string;
  /** SASL_SSL with the good certificate. */
  readonly broker: string;
  /** SASL_SSL with the expired certificate. */
  readonly expiredBroker: string;
  /** Port whose certificate has expired, for Redis and the registry; nobody gets past its handshake. */
  readonly expiredPort: number;
  readonly registryUrl: string;
  /** The registry itself, which the test sets up by. */
  readonly plainRegistryUrl: string;
  readonly registryAccess: { readonly username: string; readonly password: string };
  readonly redisUrl: string;
  readonly redis: Redis;
  readonly kafka: KafkaCluster;
  readonly addKafkaUser: (name: string, password: string) => Promise<void>;
  /** Runs a command as the administrator of Redis. */
  readonly redisAdmin: (name: string, ...args: readonly string[]) => Promise<unknown>;
  readonly stop: () => Promise<void>;
};

const REGISTRY_ACCESS = { username: 'reader', password: 'registry-password-1' };
const REDIS_ADMIN_PASSWORD = 'redis-admin-password-1';
const TOOL_TIMEOUT_MS = 60_000;

const kafkaSettings = (
  { serverPem, expiredPem, caFile }: Certificates,
  ports: {
    readonly admin: number;
    readonly secure: number;
    readonly expired: number;
    readonly controller: number;
  },
): Readonly<Record<string, string>> => {
  const at = (port: number): string => `127.0.0.1:${String(port)}`;
  const clients = `SECURE://${at(ports.secure)},EXPIRED://${at(ports.expired)}`;
  const keys = (listener: string, file: string): Readonly<Record<string, string>> => ({
    [`listener.name.${listener}.ssl.keystore.type`]: 'PEM',
    [`listener.name.${listener}.ssl.keystore.location`]: file,
    [`listener.name.${listener}.ssl.truststore.type`]: 'PEM',
    [`listener.name.${listener}.ssl.truststore.location`]: caFile,
    [`listener.name.${listener}.sasl.enabled.mechanisms`]: 'SCRAM-SHA-512',
    [`listener.name.${listener}.scram-sha-512.sasl.jaas.config`]:
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
  });
  return {
    listeners: `BROKER://${at(ports.admin)},${clients},CONTROLLER://${at(ports.controller)}`,
    'advertised.listeners': `BROKER://${at(ports.admin)},${clients}`,
    'listener.security.protocol.map':
      'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL,EXPIRED:SASL_SSL',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    ...keys('secure', serverPem),
    ...keys('expired', expiredPem),
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    'allow.everyone.if.no.acl.found': 'false',
  };
};

/** HTTPS and a password in front of the registry, as a gateway does it. */
const openGateway = async (
  { server }: Certificates,
  { port, target }: { readonly port: number; readonly target: URL },
): Promise<Server> => {
  const expected = `Basic ${Buffer.from(`${REGISTRY_ACCESS.username}:${REGISTRY_ACCESS.password}`).toString('base64')}`;
  const gateway = createServer(
    { cert: readFileSync(server.certFile), key: readFileSync(server.keyFile) },
    (incoming, answer) => {
      if (incoming.headers.authorization !== expected) {
        answer.writeHead(401, { 'www-authenticate': 'Basic' }).end();
        return;
      }
      const { authorization: _own, ...headers } = incoming.headers;
      const forwarded = httpRequest(
        {
          host: target.hostname,
          port: target.port,
          path: incoming.url,
          method: incoming.method,
          headers,
        },
        (reply) => {
          answer.writeHead(reply.statusCode ?? 502, reply.headers);
          reply.pipe(answer);
        },
      );
      forwarded.once('error', () => answer.writeHead(502).end());
      incoming.pipe(forwarded);
    },
  );
  await new Promise<void>((resolve) => gateway.listen(port, '127.0.0.1', resolve));
  return gateway;
};

const openExpired = async ({ expired }: Certificates, port: number): Promise<TlsServer> => {
  const server = createTlsServer(
    { cert: readFileSync(expired.certFile), key: readFileSync(expired.keyFile) },
    (socket) => socket.destroy(),
  );
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
};

const openSecuredRedis = async (
  keeper: ProcessKeeper,
  {
    command,
    folder,
    certificates,
  }: { readonly command: string; readonly folder: string; readonly certificates: Certificates },
) => {
  const [plain = 0, tls = 0] = await freePorts(2);
  const { server, caFile } = certificates;
  const redis = await startRedis(keeper, {
    command,
    folder,
    port: plain,
    settings: [
      ...['--tls-port', String(tls), '--tls-cert-file', server.certFile],
      ...['--tls-key-file', server.keyFile, '--tls-ca-cert-file', caFile],
      ...['--tls-auth-clients', 'no'],
    ],
  });
  const client = new Client({ host: '127.0.0.1', port: plain });
  await client.call(
    'ACL',
    'SETUSER',
    'admin',
    'on',
    `>${REDIS_ADMIN_PASSWORD}`,
    '~*',
    '&*',
    '+@all',
  );
  await client.auth('admin', REDIS_ADMIN_PASSWORD);
  await client.call('ACL', 'SETUSER', 'default', 'off');
  const redisAdmin = (name: string, ...args: readonly string[]): Promise<unknown> =>
    client.call(name, ...args);
  return {
    redis,
    redisAdmin,
    closeAdmin: (): void => {
      client.disconnect();
    },
    redisUrl: `rediss://127.0.0.1:${String(tls)}`,
  };
};

/** Starts all of it in a folder. */
export const startSecuredStack = async (folder: string): Promise<SecuredStack> => {
  const say = (): void => undefined;
  const [certificates, components, java] = await Promise.all([
    makeCertificates(join(folder, 'certificates')),
    provideComponents({ cacheFolder: null, say }),
    provideJava(),
  ]);
  const command = await provideRedis({ redisJar: components.redisJar, say });
  const keeper = openProcessKeeper();
  try {
    const [
      admin = 0,
      controller = 0,
      secure = 0,
      expired = 0,
      registryPort = 0,
      gatewayPort = 0,
      expiredPort = 0,
    ] = await freePorts(7);
    const [kafka, registry, { closeAdmin, ...redis }] = await Promise.all([
      startKafka(keeper, {
        java,
        jars: components.kafkaJars,
        folder: join(folder, 'kafka'),
        nodes: [{ port: admin, controllerPort: controller }],
        heapMb: 512,
        settings: kafkaSettings(certificates, { admin, secure, expired, controller }),
      }),
      startRegistry(keeper, {
        java,
        program: components.registryFolder,
        folder: join(folder, 'registry'),
        port: registryPort,
      }),
      openSecuredRedis(keeper, { command, folder: join(folder, 'redis'), certificates }),
    ]);
    const gateway = await openGateway(certificates, {
      port: gatewayPort,
      target: new URL(registry.url),
    });
    const expiredServer = await openExpired(certificates, expiredPort);
    const adminBroker = `127.0.0.1:${String(admin)}`;
    return {
      certificates,
      adminBroker,
      broker: `127.0.0.1:${String(secure)}`,
      expiredBroker: `127.0.0.1:${String(expired)}`,
      expiredPort,
      registryUrl: `https://127.0.0.1:${String(gatewayPort)}${new URL(registry.url).pathname}`,
      registryAccess: REGISTRY_ACCESS,
      plainRegistryUrl: registry.url,
      kafka,
      ...redis,
      addKafkaUser: async (name, password) => {
        await runTool({
          command: java,
          args: [
            ...['-cp', components.kafkaJars.join(':'), 'kafka.admin.ConfigCommand'],
            ...['--bootstrap-server', adminBroker, '--alter', '--entity-type', 'users'],
            ...['--entity-name', name, '--add-config', `SCRAM-SHA-512=[password=${password}]`],
          ],
          what: 'making a user of Kafka',
          timeoutMs: TOOL_TIMEOUT_MS,
        });
      },
      stop: async () => {
        closeAdmin();
        gateway.closeAllConnections();
        gateway.close();
        expiredServer.close();
        await keeper.close();
      },
    };
  } catch (error) {
    await keeper.close();
    throw error;
  }
};
