/** Environments: a frozen configuration within its ranges, or all problems at once; secrets stay so. */
import fc from 'fast-check';
import { ConfigError, redactConfig } from '../../../shared/config/load.js';
import {
  KNOWN_VARIABLES,
  loadServiceConfig,
  SERVICES,
  type ServiceName,
} from '../../../shared/config/tables.js';
import { assertSense, fuzzTarget } from '../target.js';

const SERVICE_NAMES = Object.keys(SERVICES) as ServiceName[];
const SECRET = 'hunter2-very-secret-indeed';

const value = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '0',
    '1',
    '-1',
    'true',
    'false',
    'TRUE',
    '1e3',
    '0x10',
    '99999999999999',
  ),
  fc.constantFrom('127.0.0.1:9092', 'a:1,b:2', '[::1]:1', 'redis://h', 'rediss://u:p@h/0'),
  fc.constantFrom('https://h', 'http://user:pass@h', 'plain', 'scram-sha-512', '/dev/null', '/'),
  fc.constantFrom('/proc/self/mem', '/no/such/file', '\u0000', '0.0.0.0', '::', 'localhost'),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.webUrl(),
  fc.integer().map(String),
);

const isSecretVariable = (name: string): boolean => /PASSWORD$|SECRET$|TOKEN$/.test(name);

const environment = fc.dictionary(
  fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...KNOWN_VARIABLES) },
    { weight: 1, arbitrary: fc.string({ maxLength: 12 }).map((text) => `KUNDENPULS_${text}`) },
  ),
  value,
  { maxKeys: 12 },
);

export const configTargets = [
  fuzzTarget(
    'configuration',
    fc.tuple(fc.constantFrom(...SERVICE_NAMES), environment),
    ([name, env]) => {
      const withSecrets = Object.fromEntries(
        Object.entries(env).map(([variable, text]) => [
          variable,
          isSecretVariable(variable) && text !== '' ? SECRET : text,
        ]),
      );
      try {
        const config = loadServiceConfig(name, withSecrets);
        const { table } = SERVICES[name];
        const printed = JSON.stringify(redactConfig<typeof table>(table, config));
        assertSense(!printed.includes(SECRET), 'a secret was printed');
        assertSense(Object.isFrozen(config), 'the configuration can be changed');
        for (const group of Object.values(config)) {
          for (const setting of Object.values(group as Readonly<Record<string, unknown>>)) {
            assertSense(typeof setting !== 'number' || Number.isFinite(setting), 'no number');
          }
        }
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        assertSense(error.problems.length > 0, 'refused without a problem');
        assertSense(!error.message.includes(SECRET), 'a secret was printed');
      }
    },
  ),
];
