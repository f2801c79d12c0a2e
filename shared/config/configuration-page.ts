/** The page of all settings, made from the same tables that load them: docs/configuration.md. */
import { FILE_SUFFIX, type SettingTable } from './load.js';
import type { Setting } from './setting.js';
import { SERVICES } from './tables.js';

const HEAD = `# Configuration

Made from the tables in \`shared/config\` by \`npm run generate\`; do not edit. Everything is an environment variable. All errors are reported at once, with the variable, what it must be and what it was; an unknown variable that starts with \`KUNDENPULS_\` is an error too, and the nearest known name is suggested. \`npx kundenpuls COMMAND --help\` shows the settings of one command, \`npx kundenpuls doctor\` checks them against what is there.

A secret may also be given as a file: \`<VARIABLE>${FILE_SUFFIX}\` holds its path.
`;

type Entry = { readonly setting: Setting<unknown>; readonly services: string[] };

/** Settings by the group that names them first. */
const entriesOf = (): ReadonlyMap<string, readonly Entry[]> => {
  const sections = new Map<string, Entry[]>();
  const entries = new Map<string, Entry>();
  const add = (service: string, group: string, setting: Setting<unknown>): void => {
    const known = entries.get(setting.variable);
    if (known !== undefined) {
      if (!known.services.includes(service)) known.services.push(service);
      return;
    }
    const entry = { setting, services: [service] };
    entries.set(setting.variable, entry);
    sections.set(group, [...(sections.get(group) ?? []), entry]);
  };
  for (const [service, { table }] of Object.entries(SERVICES)) {
    for (const [name, group] of Object.entries(table as SettingTable)) {
      for (const setting of Object.values(group)) add(service, name, setting);
    }
  }
  return sections;
};

const describe = ({ setting, services }: Entry): string => {
  const { variable, description, range, unit, defaultText, isRequired, isSecret } = setting;
  const fallback = isRequired
    ? 'required'
    : defaultText === null || defaultText === ''
      ? 'optional'
      : `default \`${defaultText}\``;
  const kind = [range, unit].filter((text) => text !== '').join(' ');
  const facts = [fallback, kind, ...(isSecret ? ['secret'] : [])].join('; ');
  return `- \`${variable}\` (${facts}): ${description}. Read by ${services.join(', ')}.`;
};

/** Returns the page; the same tables give the same text. */
export const configurationPage = (): string =>
  [
    HEAD,
    ...[...entriesOf()].map(
      ([name, entries]) => `## ${name}\n\n${entries.map(describe).join('\n')}\n`,
    ),
  ].join('\n');
