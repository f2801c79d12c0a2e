/**
 * Sizes and habits that lint does not see: files stay readable in one sitting, every file says what it
 * is for, and nothing is left for later. Functions and nesting are measured by lint.
 */
import { listFiles, readText, sourceFiles, testFiles } from './source-tree.js';

const FILE_LINES_MAX = 400;
/** Code is wrapped at 100; a comment may end a word later. */
const LINE_COLUMNS_MAX = 112;
const LUA_LINES_MAX = 70;
const HEADER = /^(#![^\n]*\n)?\/\*\*?[\s\S]*?\*\/|^\/\//;
/** Put together, so that this file does not find itself. */
const LEFTOVER = new RegExp(`\\b(${['TO', 'FIX'].join('DO|')}ME)\\b`);

const all = [...sourceFiles, ...testFiles];

describe('every source file', () => {
  it(`has at most ${String(FILE_LINES_MAX)} lines`, () => {
    const long = all
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .filter(({ lines }) => lines > FILE_LINES_MAX);
    expect(long).toEqual([]);
  });

  it(`has at most ${String(LINE_COLUMNS_MAX)} columns, but for addresses and data`, () => {
    const long = all.flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, i) => {
        const isExcused = /https?:\/\/|['"`][^'"`]{50,}/.test(line);
        return line.length > LINE_COLUMNS_MAX && !isExcused ? [`${path}:${String(i + 1)}`] : [];
      }),
    );
    expect(long).toEqual([]);
  });

  it('starts by saying what it is for', () => {
    expect(sourceFiles.filter(({ text }) => !HEADER.test(text)).map(({ path }) => path)).toEqual(
      [],
    );
  });

  it('leaves nothing for later', () => {
    expect(all.filter(({ text }) => LEFTOVER.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it('exports by name', () => {
    const offenders = sourceFiles.filter(({ text }) => /^export (default|\*)/m.test(text));
    expect(offenders.map(({ path }) => path)).toEqual([]);
  });

  it('keeps tests honest: none is alone, none is switched off', () => {
    const switched = /\b(it|describe|test)\.(only|skip|todo)\(|\bx(it|describe)\(|\bfdescribe\(/;
    const offenders = testFiles.filter(({ text }) => switched.test(text));
    expect(offenders.map(({ path }) => path)).toEqual([]);
  });
});

describe('every Lua script', () => {
  const scripts = listFiles('shared/redis/scripts', '.lua');

  it('carries the number of its keys in its name, as it uses them', () => {
    const offenders = scripts.filter((path) => {
      const count = Number(/-(\d+)\.lua$/.exec(path)?.[1] ?? NaN);
      const used = [...readText(path).matchAll(/KEYS\[(\d+)\]/g)].map(([, n]) => Number(n));
      return Math.max(0, ...used) !== count;
    });
    expect(scripts.length).toBeGreaterThan(0);
    expect(offenders).toEqual([]);
  });

  it(`is short: at most ${String(LUA_LINES_MAX)} lines without its comments`, () => {
    const long = scripts.filter(
      (path) =>
        readText(path)
          .split('\n')
          .filter((line) => line.trim() !== '' && !line.trim().startsWith('--')).length >
        LUA_LINES_MAX,
    );
    expect(long).toEqual([]);
  });
});
