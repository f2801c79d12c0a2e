import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ArtefactConflict,
  openArtefactWriter,
  type ArtefactWriter,
  type WrittenArtefact,
} from '../../../../shared/kafka/artefact-writer.js';
import { createInstallation, type Installation } from '../../../support/installation.js';
import { readTopic } from '../../../support/read-topic.js';

const artefact = (version: string, json: string): WrittenArtefact => ({
  kind: 'rulebook',
  version,
  json,
  sha256: createHash('sha256').update(json).digest('hex'),
});

describe('the artefact writer', () => {
  let installation: Installation;
  const writers: ArtefactWriter[] = [];
  const open = async (): Promise<ArtefactWriter> => {
    const writer = await openArtefactWriter({
      kafka: installation.kafka,
      topic: installation.topic('models'),
      groupPrefix: installation.app,
    });
    writers.push(writer);
    return writer;
  };
  beforeAll(async () => {
    installation = await createInstallation({ partitions: 1 });
  }, 60_000);
  afterAll(async () => {
    await Promise.all(writers.map((writer) => writer.close()));
    await installation.remove();
  });

  it('publishes a version once and refuses another content under it', async () => {
    const [one, two] = [await open(), await open()];
    expect(await one.write(artefact('1', '{"a":1}'))).toBe('written');
    expect(await one.write(artefact('1', '{"a":1}'))).toBe('present');
    await two.reader.waitFor('rulebook', '1', 10_000);
    expect(await two.write(artefact('1', '{"a":1}'))).toBe('present');
    await expect(two.write(artefact('1', '{"a":2}'))).rejects.toThrow(ArtefactConflict);
    expect(await readTopic(installation.kafka, installation.topic('models'))).toHaveLength(1);
  }, 60_000);

  it('lets only one of two racing contents pass', async () => {
    const [one, two] = [await open(), await open()];
    const outcomes = await Promise.allSettled([
      one.write(artefact('2', '{"a":1}')),
      two.write(artefact('2', '{"a":2}')),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(one.reader.find('rulebook', '2')).toEqual(two.reader.find('rulebook', '2'));
  }, 60_000);
});
