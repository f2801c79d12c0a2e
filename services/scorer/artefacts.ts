/**
 * The artefacts a scorer may apply: the built-in ones and those on the models topic, parsed once. An
 * activation waits for its artefact, since the topics are not ordered among each other, and is refused
 * when the content is not the one it names.
 */
import { builtinModel, type ModelArtefact } from '../../shared/core/models/artefact.js';
import { builtinRulebook, type Rulebook } from '../../shared/core/rulebook/rulebook.js';
import type { ArtefactReader } from '../../shared/kafka/artefact-reader.js';
import type { ArtefactSource } from '../../shared/pipeline/worker-deps.js';

/** How long an activation waits for an artefact that was to be published before it. */
const ACTIVATION_DEADLINE_MS = 30_000;
const RESTORE_DEADLINE_MS = 60_000;

/** Creates the source on a started reader. */
export const createArtefactSource = (reader: ArtefactReader): ArtefactSource => {
  const rulebooks = new Map<string, Rulebook>([[builtinRulebook.version, builtinRulebook]]);
  const models = new Map<string, ModelArtefact>([[builtinModel.version, builtinModel]]);
  const refused = new Set<string>();

  const accept = (kind: 'rulebook' | 'model', version: string, json: string): void => {
    const parsed: unknown = JSON.parse(json);
    if (kind === 'rulebook') rulebooks.set(version, parsed as Rulebook);
    else models.set(version, parsed as ModelArtefact);
  };
  const has = (kind: 'rulebook' | 'model', version: string): boolean =>
    kind === 'rulebook' ? rulebooks.has(version) : models.has(version);

  return {
    rulebook: (version) =>
      refused.has(`rulebook/${version}`) ? null : (rulebooks.get(version) ?? null),
    model: (version) => (refused.has(`model/${version}`) ? null : (models.get(version) ?? null)),
    waitFor: async (rulebookVersion, modelVersion) => {
      for (const [kind, version] of [
        ['rulebook', rulebookVersion],
        ['model', modelVersion],
      ] as const) {
        if (has(kind, version)) continue;
        const artefact = await reader.waitFor(kind, version, RESTORE_DEADLINE_MS);
        if (artefact === null) {
          throw new Error(
            `the ${kind} ${version} is in force but not on the models topic; publish it again`,
          );
        }
        accept(kind, version, artefact.json);
      }
    },
    waitForActivation: async ({ kind, version, sha256 }) => {
      if (has(kind, version)) return;
      const artefact = await reader.waitFor(kind, version, ACTIVATION_DEADLINE_MS);
      if (artefact === null) return;
      if (artefact.sha256 === sha256) accept(kind, version, artefact.json);
      else refused.add(`${kind}/${version}`);
    },
  };
};
