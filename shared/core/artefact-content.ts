/** What an artefact's bytes hold, as published on the models topic: whoever applies or compares one reads it here. */
import type { ArtefactKind } from './contract.generated.js';
import type { ModelArtefact } from './models/artefact.js';
import { validateModel } from './models/validate.js';
import type { Rulebook } from './rulebook/rulebook.js';
import { validateRulebook } from './rulebook/validate.js';

/** Problems told in one refusal; more are only counted. */
const PROBLEMS_SHOWN_MAX = 5;

type Content =
  | { readonly kind: 'rulebook'; readonly rulebook: Rulebook }
  | { readonly kind: 'model'; readonly model: ModelArtefact }
  | { readonly kind: 'problem'; readonly problem: string };

const refusedFor = (sentence: string): Content => ({ kind: 'problem', problem: sentence });

const inOneSentence = (problems: readonly string[]): string => {
  const more = problems.length - PROBLEMS_SHOWN_MAX;
  const shown = problems.slice(0, PROBLEMS_SHOWN_MAX).join(' ');
  return more > 0 ? `${shown} And ${String(more)} more.` : shown;
};

/** Reads an artefact's bytes, with what an older release did not write filled in; else says what is wrong. */
export const contentOf = (kind: ArtefactKind, version: string, json: string): Content => {
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch (error) {
    return refusedFor(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const named =
    typeof data === 'object' && data !== null && 'version' in data ? data.version : null;
  if (named !== version) {
    return refusedFor(`it calls itself ${JSON.stringify(named)}, not ${version}`);
  }
  if (kind === 'model') {
    const validation = validateModel(data);
    return validation.kind === 'valid'
      ? { kind: 'model', model: validation.model }
      : refusedFor(inOneSentence(validation.problems));
  }
  const validation = validateRulebook(data);
  return validation.kind === 'valid'
    ? { kind: 'rulebook', rulebook: validation.rulebook }
    : refusedFor(inOneSentence(validation.problems));
};
