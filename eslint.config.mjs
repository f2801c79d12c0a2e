// Lint rules: typescript-eslint's strict type-checked set, the sizes of the house style, a core without
// clock, chance, environment and waiting, and the borders between rooms. The borders are checked here
// per import and once more as a whole by test/tidy, which walks the import graph.
import tseslint from 'typescript-eslint';

const ADAPTERS = ['kafka', 'redis', 'avro', 'config', 'observability', 'lifecycle', 'files'];
const SERVICE_SIDE = ['pipeline', 'service'];
const LINES_PER_FILE = 400;
const LINES_PER_FUNCTION = 70;
const NESTING = 3;
const COMPLEXITY = 15;
const MAIN_LINES = 120;

/**
 * A function's length without the functions inside it: a factory that returns an object of small
 * functions is measured by each of them, and as a whole by the size of its file.
 */
const ownLines = {
  meta: {
    type: 'suggestion',
    schema: [{ type: 'number' }],
    messages: { tooLong: '{{lines}} lines of its own, {{max}} allowed; split it.' },
  },
  create: (context) => {
    const open = [];
    const enter = () => open.push(0);
    const leave = (node) => {
      const whole = node.loc.end.line - node.loc.start.line + 1;
      const lines = whole - open.pop();
      const [max] = context.options;
      if (lines > max) context.report({ node, messageId: 'tooLong', data: { lines, max } });
      // The first line of an inner function also belongs to the function around it.
      if (open.length > 0) open.push(open.pop() + whole - 1);
    };
    const kinds = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'];
    return Object.fromEntries(
      kinds.flatMap((kind) => [
        [kind, enter],
        [`${kind}:exit`, leave],
      ]),
    );
  },
};

const imports = (patterns) => ({
  'no-restricted-imports': ['error', { patterns }],
});
const room = (name) => `**/${name}/**`;

/** What an adapter may not import: any other adapter, the flow, services. */
const adapterBorder = (own) => ({
  files: [`shared/${own}/**/*.ts`],
  rules: imports([
    {
      group: [...ADAPTERS.filter((name) => name !== own), ...SERVICE_SIDE].map(
        (name) => `../${name}/**`,
      ),
      message: 'Adapters never import one another; services join them.',
    },
    { group: [room('services')], message: 'shared never imports a service.' },
  ]),
});

const CORE_GLOBALS = ['process', 'Buffer', 'setTimeout', 'setInterval', 'setImmediate', 'fetch'];
const CORE_SYNTAX = [
  [':function[async=true]', 'The core does not wait: it is a pure function of its inputs.'],
  ['AwaitExpression', 'The core does not wait: it is a pure function of its inputs.'],
  ["NewExpression[callee.name='Date'][arguments.length=0]", 'Time is an input: take asOfMs.'],
  ["CallExpression[callee.name='Date']", 'Time is an input: take asOfMs.'],
].map(([selector, message]) => ({ selector, message }));

const core = {
  files: ['shared/core/**/*.ts'],
  rules: {
    ...imports([
      { group: ['node:*'], message: 'The core is pure: no I/O.' },
      {
        regex:
          '^\\.\\./(\\.\\./)*(avro|config|files|kafka|lifecycle|observability|pipeline|redis|service|services)/',
        message: 'The core imports only itself and libraries of mathematics.',
      },
    ]),
    'no-restricted-globals': [
      'error',
      ...CORE_GLOBALS.map((name) => ({ name, message: 'The core is pure: no I/O, no timers.' })),
    ],
    'no-restricted-properties': [
      'error',
      { object: 'Date', property: 'now', message: 'Time is an input: take asOfMs.' },
      { object: 'Math', property: 'random', message: 'Chance is an input: take a seed.' },
      { object: 'performance', property: 'now', message: 'Time is an input: take asOfMs.' },
    ],
    'no-restricted-syntax': ['error', ...CORE_SYNTAX],
  },
};

const houseRules = {
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
  '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
  '@typescript-eslint/switch-exhaustiveness-check': [
    'error',
    { considerDefaultExhaustiveForUnions: true },
  ],
  '@typescript-eslint/no-unused-vars': [
    'error',
    { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
  ],
  '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true }],
  '@typescript-eslint/no-non-null-assertion': 'error',
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: false }],
  'no-console': 'error',
  eqeqeq: 'error',
  'max-depth': ['error', NESTING],
  complexity: ['error', COMPLEXITY],
  'max-lines': ['error', LINES_PER_FILE],
  'house/own-lines': ['error', LINES_PER_FUNCTION],
};

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', '.kundenpuls/', '**/*.generated.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    plugins: { house: { rules: { 'own-lines': ownLines } } },
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: ['./tsconfig.json', './test/tsconfig.json'] },
    },
    rules: houseRules,
  },
  core,
  ...ADAPTERS.map(adapterBorder),
  {
    files: ['shared/pipeline/**/*.ts'],
    rules: imports([
      {
        group: [...ADAPTERS.map((name) => `../${name}/**`), room('services')],
        message: 'The flow knows ports, not adapters.',
      },
    ]),
  },
  {
    files: ['services/*/main.ts'],
    rules: { 'max-lines': ['error', MAIN_LINES] },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // describe and it are functions too; a suite may be longer than a function of the product.
      'house/own-lines': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      'max-lines': ['error', LINES_PER_FILE],
    },
  },
);
