/** Runs a tool of the machine to its end and turns a failure into a sentence with its last lines. */
import { spawn } from 'node:child_process';
import { codeOf, LocalError, messageOf } from './local-error.js';

const OUTPUT_CHARACTERS_MAX = 20_000;
const TAIL_LINES = 12;

export type ToolSpec = {
  readonly command: string;
  readonly args: readonly string[];
  /** What it is run for, as the subject of a sentence. */
  readonly what: string;
  readonly timeoutMs: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
};

/** Returns what the tool printed (both streams); throws LocalError when it fails or takes too long. */
export const runTool = (spec: ToolSpec): Promise<string> =>
  new Promise((resolve, reject) => {
    let output = '';
    const child = spawn(spec.command, [...spec.args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: spec.timeoutMs,
      killSignal: 'SIGKILL',
      ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
      env: { ...process.env, ...spec.env },
    });
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-OUTPUT_CHARACTERS_MAX);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) => {
      const reason =
        codeOf(error) === 'ENOENT' ? `there is no command ${spec.command}` : messageOf(error);
      reject(new LocalError(`${spec.what} failed: ${reason}`, { cause: error }));
    });
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new LocalError(`${spec.what} failed (${endOf(code, signal)})${tail(output)}`));
    });
  });

/** Returns what the tool printed, or null when it is missing, fails or takes too long. */
export const tryTool = (spec: Omit<ToolSpec, 'what'>): Promise<string | null> =>
  runTool({ ...spec, what: spec.command }).catch(() => null);

const endOf = (code: number | null, signal: string | null): string =>
  signal === null ? `exit code ${String(code)}` : `ended by ${signal}, out of time`;

const tail = (output: string): string => {
  const lines = output.trimEnd().split('\n').slice(-TAIL_LINES);
  return lines.join('').trim() === '' ? '' : `:\n${lines.map((line) => `  ${line}`).join('\n')}`;
};
