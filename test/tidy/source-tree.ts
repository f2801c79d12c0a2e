/** Reads the tree for the tidy tests: which files there are, and what each imports. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { packageRoot } from '../../shared/avro/package-root.js';

const SOURCE_FOLDERS = ['shared', 'services', 'deploy', 'bench'];

export type SourceFile = {
  /** Path from the project's folder, with slashes. */
  readonly path: string;
  readonly text: string;
  /** Paths of project files it imports, with .ts. */
  readonly imports: readonly string[];
  /** Those of them that are there at run time: `import type` is erased. */
  readonly runtimeImports: readonly string[];
  /** Names of packages it imports. */
  readonly packages: readonly string[];
};

/** Returns the paths under a folder whose names end as given; none when there is no such folder. */
export const listFiles = (folder: string, ending: string): readonly string[] =>
  readdirSync(join(packageRoot(), folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending) && !path.includes('node_modules'))
    .map((path) => join(folder, path))
    .sort();

/** Reads a file of the project. */
export const readText = (path: string): string => readFileSync(join(packageRoot(), path), 'utf8');

type Import = { readonly name: string; readonly isTypeOnly: boolean };

const importsIn = (path: string, text: string): readonly Import[] => {
  const parsed = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, false);
  return parsed.statements.flatMap((statement): readonly Import[] => {
    const isImport = ts.isImportDeclaration(statement);
    if (!isImport && !ts.isExportDeclaration(statement)) return [];
    const from = statement.moduleSpecifier;
    if (from === undefined || !ts.isStringLiteral(from)) return [];
    const isTypeOnly = isImport
      ? statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
      : statement.isTypeOnly;
    return [{ name: from.text, isTypeOnly }];
  });
};

const readSource = (path: string): SourceFile => {
  const text = readText(path);
  const found = importsIn(path, text);
  const isRelative = ({ name }: Import): boolean => name.startsWith('.');
  const toPath = ({ name }: Import): string =>
    normalize(join(dirname(path), name)).replace(/\.js$/, '.ts');
  const relative = found.filter(isRelative);
  return {
    path,
    text,
    imports: relative.map(toPath),
    runtimeImports: relative.filter(({ isTypeOnly }) => !isTypeOnly).map(toPath),
    packages: found.filter((one) => !isRelative(one)).map(({ name }) => name),
  };
};

/** All TypeScript files of the product, without the generated one. */
export const sourceFiles: readonly SourceFile[] = SOURCE_FOLDERS.flatMap((folder) =>
  listFiles(folder, '.ts'),
)
  .filter((path) => !path.endsWith('.generated.ts'))
  .map(readSource);

/** All test files. */
export const testFiles: readonly SourceFile[] = listFiles('test', '.ts').map(readSource);
