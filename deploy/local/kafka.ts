/**
 * Kafka as local processes in KRaft mode: one broker for development, three for the fault suite. Every
 * node is broker and controller, so of three any one may be lost. Topics are never created by chance.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { packageRoot } from '../../shared/avro/package-root.js';
import { whileNotYet } from '../../shared/kafka/while-not-yet.js';
import { createComponent, type Component } from './component.js';
import { LocalError, messageOf } from './local-error.js';
import { runTool } from './run-tool.js';
import type { ProcessKeeper } from './processes.js';

const READY_TIMEOUT_MS = 90_000;
const FORMAT_TIMEOUT_MS = 60_000;
const LOG4J_FILE = 'deploy/local/components/log4j2.properties';
const OFFSETS_PARTITIONS = 4;
const GROUPS_ASKED_FOR = 4 * OFFSETS_PARTITIONS;
/** A fixed cluster id: the folder tells installations apart, and a restart must find the same one. */
const CLUSTER_ID = 'S3VuZGVucHVsc0xvY2FsMQ';

/** A further listener of a broker that tells clients to come through a proxy of the caller's. */
export type ProxiedListener = {
  readonly port: number;
  /** Port of the proxy, which clients are told. */
  readonly proxyPort: number;
};

export type KafkaNode = {
  readonly port: number;
  readonly controllerPort: number;
  readonly proxied?: ProxiedListener;
};

export type KafkaOptions = {
  readonly java: string;
  readonly jars: readonly string[];
  readonly folder: string;
  /** One entry per node: one or three. */
  readonly nodes: readonly KafkaNode[];
  readonly heapMb: number;
  /** Further broker settings, which win over ours. */
  readonly settings?: Readonly<Record<string, string>>;
};

export type KafkaCluster = {
  readonly brokers: readonly Component[];
  /** Addresses for KUNDENPULS_KAFKA_BROKERS. */
  readonly bootstrap: string;
  /** Ports behind the caller's proxies, one per broker; empty without proxies. */
  readonly proxiedPorts: readonly number[];
};

/** Formats what is new, starts all nodes and waits until every broker is in the cluster. */
export const startKafka = async (
  keeper: ProcessKeeper,
  options: KafkaOptions,
): Promise<KafkaCluster> => {
  const { nodes } = options;
  const bootstrap = nodes.map(({ port }) => `127.0.0.1:${String(port)}`).join(',');
  const brokers = await Promise.all(
    nodes.map((node, index) => prepareNode(keeper, options, { node, nodeId: index + 1 })),
  );
  await Promise.all(brokers.map((broker) => broker.start()));
  await waitForCoordinators(bootstrap);
  const proxiedPorts = nodes.flatMap(({ proxied }) =>
    proxied === undefined ? [] : [proxied.port],
  );
  return { brokers, bootstrap, proxiedPorts };
};

type Node = { readonly node: KafkaNode; readonly nodeId: number };

const prepareNode = async (
  keeper: ProcessKeeper,
  options: KafkaOptions,
  { node, nodeId }: Node,
): Promise<Component> => {
  const { java, jars, heapMb } = options;
  const folder = join(options.folder, `node-${String(nodeId)}`);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'server.properties');
  writeFileSync(file, serverProperties(options, { folder, node, nodeId }));
  const base = [
    '-cp',
    jars.join(':'),
    `-Dlog4j2.configurationFile=${join(packageRoot(), LOG4J_FILE)}`,
  ];
  if (!existsSync(join(folder, 'data', 'meta.properties'))) {
    await runTool({
      command: java,
      args: [...base, 'kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', file],
      what: 'formatting the data folder of Kafka',
      timeoutMs: FORMAT_TIMEOUT_MS,
    });
  }
  const heap = `${String(heapMb)}m`;
  const address = `127.0.0.1:${String(node.port)}`;
  return createComponent(keeper, {
    address,
    readyTimeoutMs: READY_TIMEOUT_MS,
    isReady: () => isInCluster(address, nodeId),
    spec: {
      name: options.nodes.length === 1 ? 'kafka' : `kafka-${String(nodeId)}`,
      command: java,
      args: [`-Xmx${heap}`, `-Xms${heap}`, ...base, 'kafka.Kafka', file],
      cwd: folder,
      logFile: join(options.folder, `kafka-${String(nodeId)}.log`),
    },
  });
};

/**
 * The first group makes a new cluster create the topic of groups, and until each of its partitions is loaded
 * members are refused, which kafkajs takes for the end in some places. Asks for enough groups to meet
 * every partition.
 */
const waitForCoordinators = async (bootstrap: string): Promise<void> => {
  const kafka = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  try {
    await admin.connect();
    for (let group = 0; group < GROUPS_ASKED_FOR; group += 1) {
      const groupId = `coordinator-${String(group)}`;
      await whileNotYet(() => admin.fetchOffsets({ groupId, topics: [] }));
    }
  } catch (error) {
    throw new LocalError(`Kafka is up, but gives no coordinator of groups: ${messageOf(error)}`);
  } finally {
    await admin.disconnect();
  }
};

/** A broker answers before it is registered; clients can use it only from then on. */
const isInCluster = async (address: string, nodeId: number): Promise<boolean> => {
  const kafka = new Kafka({
    brokers: [address],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    return brokers.some((broker) => broker.nodeId === nodeId);
  } finally {
    await admin.disconnect();
  }
};

const serverProperties = (
  { nodes, settings = {} }: KafkaOptions,
  { folder, node, nodeId }: Node & { readonly folder: string },
): string => {
  const replicas = String(nodes.length);
  const inSync = String(Math.max(1, nodes.length - 1));
  const broker = `127.0.0.1:${String(node.port)}`;
  const voters = nodes.map(
    ({ controllerPort }, i) => `${String(i + 1)}@127.0.0.1:${String(controllerPort)}`,
  );
  const { proxied } = node;
  const proxiedAt = (port: number): string => `PROXIED://127.0.0.1:${String(port)}`;
  const own = [`BROKER://${broker}`, `CONTROLLER://127.0.0.1:${String(node.controllerPort)}`];
  const all: Readonly<Record<string, string>> = {
    'process.roles': 'broker,controller',
    'node.id': String(nodeId),
    'controller.quorum.voters': voters.join(','),
    listeners: [...own, ...(proxied === undefined ? [] : [proxiedAt(proxied.port)])].join(','),
    'advertised.listeners': [
      `BROKER://${broker}`,
      ...(proxied === undefined ? [] : [proxiedAt(proxied.proxyPort)]),
    ].join(','),
    'listener.security.protocol.map': 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT',
    'inter.broker.listener.name': 'BROKER',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(folder, 'data'),
    'auto.create.topics.enable': 'false',
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'unclean.leader.election.enable': 'false',
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': String(OFFSETS_PARTITIONS),
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'group.initial.rebalance.delay.ms': '0',
    // Fault tests kill a scorer many times, and the group notices after a session.
    'group.min.session.timeout.ms': '500',
    'log.segment.bytes': String(64 << 20),
    ...settings,
  };
  return `${Object.entries(all)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')}\n`;
};
