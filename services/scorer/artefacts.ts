/**
 * The artefacts a scorer may apply: the built-in ones and those on the models topic, parsed and
 * validated once. An activation waits for its artefact, since the topics are not ordered among each
 * other, and is refused when the content is not the one it names, or not valid.
 */
import { contentOf } from '../../shared/core/artefact-content.js';
import { builtinModel, type ModelArtefact } from '../../shared/core/models/artefact.js';
import { builtinRulebook, type Rulebook } from '../../shared/core/rulebook/rulebook.js';
import type { Artefact, ArtefactKind, ArtefactReader } from '../../shared/kafka/artefact-reader.js';
import { StopPartition, type ArtefactSource } from '../../shared/pipeline/worker-deps.js';

/** How long an activation waits for an artefact that was to be published before it. */
const ACTIVATION_DEADLINE_MS = 30_000;
const RESTORE_DEADLINE_MS = 60_000;
/**
 * A version that is needed has not come. The partition waits for it however long that takes: whether
 * an activation counts must not depend on how soon an artefact was seen, or a replay would decide
 * otherwise.
 */
export class ArtefactMissing extends Error {
  override readonly name = 'ArtefactMissing';
  readonly retriable = true;
}

const idOf = (kind: ArtefactKind, version: string): string => `${kind}/${version}`;

/** Creates the source on a started reader. */
export const createArtefactSource = (reader: ArtefactReader): ArtefactSource => {
  const rulebooks = new Map<string, Rulebook>([[builtinRulebook.version, builtinRulebook]]);
  const models = new Map<string, ModelArtefact>([[builtinModel.version, builtinModel]]);
  /** What is wrong with the artefacts that were not taken in. */
  const problems = new Map<string, string>();

  const has = (kind: ArtefactKind, version: string): boolean =>
    kind === 'rulebook' ? rulebooks.has(version) : models.has(version);
  const accept = (kind: ArtefactKind, version: string, { json }: Artefact): void => {
    const content = contentOf(kind, version, json);
    if (content.kind === 'rulebook') rulebooks.set(version, content.rulebook);
    else if (content.kind === 'model') models.set(version, content.model);
    else problems.set(idOf(kind, version), content.problem);
  };

  return {
    rulebook: (version) => rulebooks.get(version) ?? null,
    model: (version) => models.get(version) ?? null,
    refusal: ({ kind, version, sha256 }) => {
      const id = idOf(kind, version);
      const artefact = reader.find(kind, version);
      if (artefact === null) {
        return has(kind, version) ? null : { code: 'artefact-unknown', detail: id };
      }
      if (artefact.sha256 !== sha256) {
        return { code: 'artefact-unknown', detail: `${id} has the hash ${artefact.sha256}` };
      }
      const problem = problems.get(id);
      return problem === undefined
        ? null
        : { code: 'artefact-invalid', detail: `${id}: ${problem}` };
    },
    waitFor: async (rulebookVersion, modelVersion) => {
      for (const [kind, version] of [
        ['rulebook', rulebookVersion],
        ['model', modelVersion],
      ] as const) {
        if (has(kind, version)) continue;
        const artefact = await reader.waitFor(kind, version, RESTORE_DEADLINE_MS);
        if (artefact === null) {
          throw new ArtefactMissing(
            `the ${kind} ${version} is in force but not on the models topic; publish it again`,
          );
        }
        accept(kind, version, artefact);
        const problem = problems.get(idOf(kind, version));
        if (problem !== undefined) {
          throw new StopPartition(
            `the ${kind} ${version} is in force but not valid for this release: ${problem} Go back to ` +
              'the release before, activate a version that is valid for both, then update.',
          );
        }
      }
    },
    waitForActivation: async ({ kind, version }) => {
      if (has(kind, version)) return;
      const artefact = await reader.waitFor(kind, version, ACTIVATION_DEADLINE_MS);
      if (artefact === null) {
        throw new ArtefactMissing(
          `the ${kind} ${version} is activated but not on the models topic; publish it`,
        );
      }
      accept(kind, version, artefact);
    },
  };
};
