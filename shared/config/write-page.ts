/** Writes docs/configuration.md: `npm run generate`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationPage } from './configuration-page.js';

writeFileSync(join(process.cwd(), 'docs', 'configuration.md'), configurationPage());
