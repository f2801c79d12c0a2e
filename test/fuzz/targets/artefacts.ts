/** Rulebooks and models: refused in sentences, or safe to score by. */
import fc from 'fast-check';
import { contentOf } from '../../../shared/core/artefact-content.js';
import { validateModel } from '../../../shared/core/models/validate.js';
import { builtinRulebook } from '../../../shared/core/rulebook/rulebook.js';
import { validateRulebook } from '../../../shared/core/rulebook/validate.js';
import { customerUpdated, machine, override } from '../../support/events.js';
import { trainedModel } from '../../support/model.js';
import { jsonText, mutatedJson } from '../arbitraries/json.js';
import { assertSense, fuzzTarget } from '../target.js';
import { live } from './events.js';

const EVENTS = [customerUpdated(), machine(), override()];
const model = trainedModel();

type Validation = { readonly kind: string; readonly problems?: readonly string[] };

/** JSON is what is published: undefined, infinite and the like do not survive it. */
const published = (document: unknown): fc.Arbitrary<unknown> =>
  mutatedJson(document).map((copy) => JSON.parse(jsonText(copy)) as unknown);

const checkProblems = (validation: Validation): void => {
  if (validation.kind === 'valid') return;
  const problems = validation.problems ?? [];
  assertSense(problems.length > 0 && problems.every((text) => text.length > 10), 'no sentence');
};

export const artefactTargets = [
  fuzzTarget('rulebooks', published(builtinRulebook), (document) => {
    const validation = validateRulebook(document);
    checkProblems(validation);
    if (validation.kind === 'valid') live({ rulebook: validation.rulebook, model }, EVENTS);
  }),
  fuzzTarget('models', published(model), (document) => {
    const validation = validateModel(document);
    checkProblems(validation);
    if (validation.kind === 'valid') live({ model: validation.model }, EVENTS);
  }),
  fuzzTarget(
    'artefact texts',
    fc.tuple(
      fc.constantFrom('rulebook' as const, 'model' as const),
      fc.oneof(fc.string(), fc.json()),
    ),
    ([kind, text]) => {
      assertSense(contentOf(kind, 'v', text).kind === 'problem', 'made-up text is no artefact');
    },
  ),
];
