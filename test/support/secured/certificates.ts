/** Certificates for tests of secured servers, made by the openssl of the machine in a folder. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from '../../../deploy/local/run-tool.js';

export type Certificates = {
  readonly caFile: string;
  /** An authority that signed nothing here. */
  readonly otherCaFile: string;
  readonly server: { readonly certFile: string; readonly keyFile: string };
  /** Signed by the authority, but its time is over. */
  readonly expired: { readonly certFile: string; readonly keyFile: string };
  /** Certificate and key in one PEM file, as Kafka reads it. */
  readonly serverPem: string;
  readonly expiredPem: string;
};

const TIMEOUT_MS = 30_000;

const openssl = (folder: string, args: readonly string[]): Promise<string> =>
  runTool({
    command: 'openssl',
    args,
    what: 'making a certificate',
    timeoutMs: TIMEOUT_MS,
    cwd: folder,
  });

const makeAuthority = async (folder: string, name: string): Promise<void> => {
  await openssl(folder, [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30'],
    ...['-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`],
  ]);
};

/** Signs a certificate for this machine; 0 days end the moment it is made. */
const makeServer = async (folder: string, name: string, days: number): Promise<void> => {
  await openssl(folder, [
    ...['req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`],
    ...['-keyout', `${name}.key`, '-out', `${name}.csr`],
  ]);
  writeFileSync(join(folder, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  await openssl(folder, [
    ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key'],
    ...['-CAcreateserial', '-days', String(days), '-extfile', 'names', '-out', `${name}.pem`],
  ]);
  const text = (file: string): string => readFileSync(join(folder, file), 'utf8');
  writeFileSync(
    join(folder, `${name}-all.pem`),
    text(`${name}.key`) + text(`${name}.pem`) + text('ca.pem'),
  );
};

/** Makes all of them. */
export const makeCertificates = async (folder: string): Promise<Certificates> => {
  mkdirSync(folder, { recursive: true });
  await makeAuthority(folder, 'ca');
  await makeAuthority(folder, 'other-ca');
  await makeServer(folder, 'server', 30);
  await makeServer(folder, 'expired', 0);
  const pair = (name: string) => ({
    certFile: join(folder, `${name}.pem`),
    keyFile: join(folder, `${name}.key`),
  });
  return {
    caFile: join(folder, 'ca.pem'),
    otherCaFile: join(folder, 'other-ca.pem'),
    server: pair('server'),
    expired: pair('expired'),
    serverPem: join(folder, 'server-all.pem'),
    expiredPem: join(folder, 'expired-all.pem'),
  };
};
