/**
 * The one bin: `kundenpuls <command>`. It knows the commands only by their declaration, loads the
 * code of the one that runs, and turns what it throws into a sentence and an exit code.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Command, Option } from 'commander';
import { describeSettings } from '../../shared/config/load.js';
import { SERVICES } from '../../shared/config/tables.js';
import { COMMANDS, type CommandOption, type CommandSpec } from './commands.js';

const SERVICES_FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..');
const PACKAGE_FILE_DEPTH = [join('..', 'package.json'), join('..', '..', 'package.json')];

type RunModule = { readonly run: (options: Readonly<Record<string, unknown>>) => Promise<void> };

const hasRun = (loaded: unknown): loaded is RunModule =>
  typeof loaded === 'object' &&
  loaded !== null &&
  'run' in loaded &&
  typeof loaded.run === 'function';

const loadCommand = async (name: string): Promise<RunModule> => {
  const file = join(SERVICES_FOLDER, name, 'main.js');
  if (!existsSync(file)) throw new Error(`this build has no command ${name}; run npm run build`);
  const loaded: unknown = await import(pathToFileURL(file).href);
  if (!hasRun(loaded)) throw new Error(`services/${name}/main.ts does not export run(options)`);
  return loaded;
};

const optionOf = (spec: CommandOption): Option => {
  const option = new Option(spec.flags, spec.description);
  if (spec.parse !== undefined) option.argParser(spec.parse);
  if (spec.fallback !== undefined) option.default(spec.fallback);
  return option.makeOptionMandatory(spec.isRequired === true);
};

const addCommand = (program: Command, spec: CommandSpec): void => {
  const command = program.command(spec.name).description(spec.description);
  for (const argument of spec.arguments ?? []) {
    command.argument(argument.name, argument.description);
  }
  for (const option of spec.options) command.addOption(optionOf(option));
  if (spec.settings !== null) {
    const settings = describeSettings(SERVICES[spec.settings].table);
    command.addHelpText('after', `\nSettings, as environment variables:\n${settings}`);
  }
  command.action(async () => {
    const { run } = await loadCommand(spec.name);
    await run({ ...command.opts(), arguments: command.args });
  });
};

const packageVersion = (): string => {
  const file = PACKAGE_FILE_DEPTH.map((path) => join(SERVICES_FOLDER, path)).find(existsSync);
  if (file === undefined) return 'unknown';
  const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed
    ? String(parsed.version)
    : 'unknown';
};

/** Builds the program; the arguments are given to `parseAsync`. */
export const createProgram = (): Command => {
  const program = new Command('kundenpuls')
    .description('Event-driven customer scoring for B2B sales')
    .version(packageVersion())
    .showHelpAfterError('(--help tells what there is)')
    .showSuggestionAfterError(true);
  for (const spec of COMMANDS) addCommand(program, spec);
  return program;
};

/** Runs the bin with the process's arguments; returns when the command has ended. */
export const main = async (argv: readonly string[]): Promise<void> => {
  try {
    await createProgram().parseAsync([...argv]);
  } catch (error) {
    process.stderr.write(`kundenpuls: ${sentenceOf(error)}\n`);
    process.exitCode = 1;
  }
};

/** An error as a sentence, with its causes; the stack only where KUNDENPULS_LOG_LEVEL is no help. */
const sentenceOf = (error: unknown): string => {
  const parts: string[] = [];
  let at: unknown = error;
  while (at instanceof Error && parts.length < 5) {
    parts.push(at.message);
    at = at.cause;
  }
  return parts.length === 0 ? String(error) : parts.join(': ');
};
