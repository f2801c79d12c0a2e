import { fileURLToPath } from 'node:url';

// Projects by what they need: "fast" needs nothing; "services" needs the stack that the test command
// starts (Kafka, registry, Redis), whose addresses arrive in KUNDENPULS_* variables.
const root = fileURLToPath(new URL('..', import.meta.url));
// The second Kafka client is an ES module, which must be imported as one (second-client.test.ts).
const isSecondClient = process.env.KAFKA_CLIENT_UNDER_TEST === 'platformatic';
const base = {
  rootDir: root,
  testEnvironment: 'node',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs', ignoreDynamic: isSecondClient },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
};
const project = (displayName, folders) => ({
  ...base,
  displayName,
  testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
});
export default {
  rootDir: root,
  projects: [
    project('fast', ['unit', 'golden', 'property', 'pipeline', 'simulation', 'fuzz', 'tidy']),
    project('services', ['contract', 'integration', 'fault', 'e2e']),
  ],
  maxWorkers: 2,
  // What hangs is ended; what is slow on a busy machine is not wrong.
  testTimeout: 60_000,
};
