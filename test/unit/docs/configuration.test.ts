/** docs/configuration.md is what the tables say; a changed setting needs `npm run generate`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationPage } from '../../../shared/config/configuration-page.js';
import { FILE_SUFFIX } from '../../../shared/config/load.js';
import { KNOWN_VARIABLES } from '../../../shared/config/tables.js';

const page = readFileSync(join(__dirname, '../../../docs/configuration.md'), 'utf8');

describe('docs/configuration.md', () => {
  it('is what the tables say', () => {
    expect(page).toBe(configurationPage());
  });

  it('has every variable once; files of secrets are told of in one sentence', () => {
    const isSecretFile = (variable: string): boolean =>
      variable.endsWith(FILE_SUFFIX) && KNOWN_VARIABLES.has(variable.slice(0, -FILE_SUFFIX.length));
    for (const variable of [...KNOWN_VARIABLES].filter((one) => !isSecretFile(one))) {
      expect(page.split(`- \`${variable}\` (`)).toHaveLength(2);
    }
  });
});
