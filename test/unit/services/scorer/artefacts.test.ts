/** What a scorer does about the versions that its state says are in force. */
import { describe, expect, it } from '@jest/globals';
import { builtinModel } from '../../../../shared/core/models/artefact.js';
import { builtinRulebook } from '../../../../shared/core/rulebook/rulebook.js';
import type { Artefact, ArtefactReader } from '../../../../shared/kafka/artefact-reader.js';
import { StopPartition } from '../../../../shared/pipeline/worker-deps.js';
import { createArtefactSource } from '../../../../services/scorer/artefacts.js';

const readerOf = (artefacts: Readonly<Record<string, string>>): ArtefactReader => {
  const find: ArtefactReader['find'] = (kind, version): Artefact | null => {
    const json = artefacts[`${kind}/${version}`];
    return json === undefined ? null : { json, sha256: 'any' };
  };
  return {
    start: () => Promise.resolve(),
    find,
    waitFor: (kind, version) => Promise.resolve(find(kind, version)),
    stop: () => Promise.resolve(),
  };
};

const RULEBOOK = builtinRulebook.version;

describe('the artefacts in force', () => {
  it('are there at once when they came with the release', async () => {
    const source = createArtefactSource(readerOf({}));
    await source.waitFor(RULEBOOK, builtinModel.version);
    expect(source.model(builtinModel.version)).toBe(builtinModel);
  });

  it('are taken from the topic', async () => {
    const model = { ...builtinModel, version: 'm-2' };
    const source = createArtefactSource(readerOf({ 'model/m-2': JSON.stringify(model) }));
    await source.waitFor(RULEBOOK, 'm-2');
    expect(source.model('m-2')).toEqual(model);
  });

  it('have what an older release did not write yet filled in', async () => {
    const { peers: _peers, alerts: _alerts, ...older } = { ...builtinModel, version: 'm-1' };
    const source = createArtefactSource(readerOf({ 'model/m-1': JSON.stringify(older) }));
    await source.waitFor(RULEBOOK, 'm-1');
    expect(source.model('m-1')).toMatchObject({ peers: [], alerts: builtinModel.alerts });
  });

  it('are waited for when the topic does not hold them', async () => {
    const source = createArtefactSource(readerOf({}));
    await expect(source.waitFor(RULEBOOK, 'm-3')).rejects.toMatchObject({
      name: 'ArtefactMissing',
      retriable: true,
    });
  });

  it('stop the partition, and not the process, when this release cannot read them', async () => {
    const model = { ...builtinModel, version: 'm-4', horizons: 'many' };
    const source = createArtefactSource(readerOf({ 'model/m-4': JSON.stringify(model) }));
    const waiting = source.waitFor(RULEBOOK, 'm-4');
    await expect(waiting).rejects.toThrow(StopPartition);
    await expect(waiting).rejects.toThrow(
      /m-4 is in force but not valid for this release: .* Go back to the release before/,
    );
  });
});
