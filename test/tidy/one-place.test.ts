/** Things that are spelled in one place only, so that changing them there changes them everywhere. */
import { readFileSync } from 'node:fs';
import { CONTRACT_FILE, generateContract } from '../../shared/avro/generate.js';
import { TOPIC_NAMES } from '../../shared/kafka/topics.js';
import { readText, sourceFiles } from './source-tree.js';

type PackageFile = {
  readonly engines: { readonly node: string };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};
type LockFile = {
  readonly packages: Readonly<Record<string, { readonly engines?: { readonly node?: string } }>>;
};
const packageFile = JSON.parse(readText('package.json')) as PackageFile;

const withMatch = (pattern: RegExp, isHome: (path: string) => boolean): readonly string[] =>
  sourceFiles
    .filter(({ path, text }) => !isHome(path) && pattern.test(text))
    .map(({ path }) => path);

describe('one place', () => {
  it('holds the contract: the generated types are what the schemas give', () => {
    expect(readFileSync(CONTRACT_FILE, 'utf8')).toBe(generateContract());
  });

  it('reads the environment: shared/config; deploy and bench for the machine itself', () => {
    const isHome = (path: string): boolean =>
      /^(shared\/config|deploy\/local|bench\/main\.ts)/.test(path);
    expect(withMatch(/process\.env\b/, isHome)).toEqual([]);
  });

  it('knows the names of topics: shared/kafka/topics.ts', () => {
    const names = TOPIC_NAMES.filter((name) => name.includes('-')).join('|');
    const literal = new RegExp(`['"\`](${names})['"\`]`);
    const isHome = (path: string): boolean => path === 'shared/kafka/topics.ts';
    // Elsewhere a topic's name is typed as TopicName: a misspelt one does not compile. What must not
    // be is a name put together by hand.
    const concatenated = new RegExp(`\\$\\{[^}]*\\}(${names})|prefix\\s*\\+\\s*${literal.source}`);
    expect(withMatch(concatenated, isHome)).toEqual([]);
  });

  it('builds Redis keys: shared/redis/keys.ts', () => {
    const isHome = (path: string): boolean => path === 'shared/redis/keys.ts';
    expect(withMatch(/\{\$\{[^}]+\}\}:|`[^`]*\{p:/, isHome)).toEqual([]);
  });

  it('gives the reason of every dependency: docs/DEPENDENCIES.md', () => {
    const text = readText('docs/DEPENDENCIES.md');
    const names = [
      ...Object.keys(packageFile.dependencies),
      ...Object.keys(packageFile.devDependencies),
    ];
    expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  it('pins every dependency to one version', () => {
    const versions = [
      ...Object.entries(packageFile.dependencies),
      ...Object.entries(packageFile.devDependencies),
    ];
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it('names the oldest Node: package.json; none that always loads needs a newer one', () => {
    const [major = 0, minor = 0] = packageFile.engines.node
      .replace('>=', '')
      .split('.')
      .map(Number);
    const { packages } = JSON.parse(readText('package-lock.json')) as LockFile;
    const tooNew = Object.entries(packages).filter(([path, { engines }]) => {
      // The second Kafka client: loaded where Node is new enough only, and refused in words elsewhere.
      if (path.startsWith('node_modules/@platformatic/')) return false;
      // Ranges with `||` name older lines too; npm itself checks those at an installation.
      const [, needed = '0', detail = '0'] =
        /^>=\s*(\d+)(?:\.(\d+))?[^|]*$/.exec(engines?.node ?? '') ?? [];
      return Number(needed) > major || (Number(needed) === major && Number(detail) > minor);
    });
    expect(tooNew.map(([path]) => path)).toEqual([]);
  });
});
