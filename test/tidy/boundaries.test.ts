/**
 * The borders between rooms (docs/architecture.md), checked over the whole import graph. There is no
 * list of exceptions: it starts empty and stays empty.
 */
import { sourceFiles, testFiles, type SourceFile } from './source-tree.js';

const ADAPTERS = [
  'avro',
  'config',
  'delivery',
  'files',
  'kafka',
  'lifecycle',
  'observability',
  'redis',
];
/** Mathematics and checks of data: nothing that waits, reads or writes. */
const CORE_PACKAGES = /^(@stdlib\/|ml-matrix$|zod$)/;

const roomOf = (path: string): string => path.split('/').slice(0, 2).join('/');
const adapterOf = (path: string): string | null => {
  const [top, name] = path.split('/');
  return top === 'shared' && name !== undefined && ADAPTERS.includes(name) ? name : null;
};

/** Every import that a rule forbids, as "a -> b". */
const violations = (
  files: readonly SourceFile[],
  isForbidden: (from: string, to: string) => boolean,
): readonly string[] =>
  files.flatMap(({ path, imports }) =>
    imports.filter((to) => isForbidden(path, to)).map((to) => `${path} -> ${to}`),
  );

const findCycle = (files: readonly SourceFile[]): readonly string[] => {
  const graph = new Map(files.map(({ path, runtimeImports }) => [path, runtimeImports]));
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): readonly string[] => {
    const at = trail.indexOf(path);
    if (at !== -1) return [...trail.slice(at), path];
    if (done.has(path)) return [];
    for (const next of graph.get(path) ?? []) {
      const cycle = visit(next, [...trail, path]);
      if (cycle.length > 0) return cycle;
    }
    done.add(path);
    return [];
  };
  for (const path of graph.keys()) {
    const cycle = visit(path, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
};

describe('the import graph', () => {
  it('has no cycle at run time', () => {
    expect(findCycle(sourceFiles)).toEqual([]);
  });

  it('finds a cycle when there is one', () => {
    const file = (path: string, imports: readonly string[]): SourceFile => ({
      path,
      text: '',
      imports,
      runtimeImports: imports,
      packages: [],
    });
    const cycle = findCycle([file('a', ['b']), file('b', ['c']), file('c', ['b'])]);
    expect(cycle).toEqual(['b', 'c', 'b']);
  });

  it('names only files that exist', () => {
    const known = new Set(sourceFiles.map(({ path }) => path));
    known.add('shared/core/contract.generated.ts');
    expect(violations(sourceFiles, (_from, to) => to.endsWith('.ts') && !known.has(to))).toEqual(
      [],
    );
  });

  it('never leads from one service into another', () => {
    const isService = (path: string): boolean => path.startsWith('services/');
    expect(
      violations(
        sourceFiles,
        (from, to) => isService(from) && isService(to) && roomOf(from) !== roomOf(to),
      ),
    ).toEqual([]);
  });

  it('never leads from one adapter into another', () => {
    expect(
      violations(sourceFiles, (from, to) => {
        const [a, b] = [adapterOf(from), adapterOf(to)];
        return a !== null && b !== null && a !== b;
      }),
    ).toEqual([]);
  });

  it('leads from the core only into the core and pure packages', () => {
    const core = sourceFiles.filter(({ path }) => path.startsWith('shared/core/'));
    expect(core.length).toBeGreaterThan(0);
    expect(violations(core, (_from, to) => !to.startsWith('shared/core/'))).toEqual([]);
    const packages = core.flatMap(({ path, packages: used }) =>
      used.filter((name) => !CORE_PACKAGES.test(name)).map((name) => `${path} -> ${name}`),
    );
    expect(packages).toEqual([]);
  });

  it('leads from the flow only into the core', () => {
    const flow = sourceFiles.filter(({ path }) => path.startsWith('shared/pipeline/'));
    expect(violations(flow, (_from, to) => !/^shared\/(core|pipeline)\//.test(to))).toEqual([]);
  });

  it('never leads from shared rooms up into services, deploy or bench', () => {
    expect(
      violations(
        sourceFiles,
        (from, to) => from.startsWith('shared/') && /^(services|deploy|bench)\//.test(to),
      ),
    ).toEqual([]);
  });

  it('leads into tests from tests only', () => {
    expect(violations(sourceFiles, (_from, to) => to.startsWith('test/'))).toEqual([]);
    expect(testFiles.length).toBeGreaterThan(0);
  });
});
