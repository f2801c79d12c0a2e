/**
 * Registers the contract's schemas, each under its own subject with BACKWARD compatibility, so that
 * the registry itself refuses a change that would leave written records unreadable. Runs at setup;
 * services only look ids up, so at run time they get by with a read-only principal.
 */
import type { RegistryClient } from './registry-client.js';
import { recordSchemas, type RecordSchema } from './record-schemas.js';

export const COMPATIBILITY = 'BACKWARD';

/** Registers one schema and returns its id; throws IncompatibleSchema when the registry refuses. */
export const registerSchema = async (
  registry: RegistryClient,
  { name, text }: Pick<RecordSchema, 'name' | 'text'>,
): Promise<number> => {
  // Some registries forget the level of a subject that has no version yet, so it is set after the
  // first and before every further one.
  if (await registry.hasSubject(name)) {
    await registry.setCompatibility(name, COMPATIBILITY);
    return registry.register(name, text);
  }
  const id = await registerFirst(registry, { name, text });
  await registry.setCompatibility(name, COMPATIBILITY);
  return id;
};

/** Registers a subject's first version; two setups at once may race, and one finds it there. */
const registerFirst = async (
  registry: RegistryClient,
  { name, text }: Pick<RecordSchema, 'name' | 'text'>,
): Promise<number> => {
  try {
    return await registry.register(name, text);
  } catch (error) {
    const id = await registry.lookup(name, text);
    if (id === null) throw error;
    return id;
  }
};

/** Registers the whole contract and returns the ids by subject. */
export const registerContract = async (
  registry: RegistryClient,
): Promise<ReadonlyMap<string, number>> => {
  const ids = new Map<string, number>();
  for (const schema of recordSchemas().values()) {
    ids.set(schema.name, await registerSchema(registry, schema));
  }
  return ids;
};

export type SubjectFinding = {
  readonly subject: string;
  readonly isRegistered: boolean;
  readonly compatibility: string;
};

/** Tells for every subject of the contract how it stands in the registry, for the doctor. */
export const inspectContract = async (
  registry: RegistryClient,
): Promise<readonly SubjectFinding[]> => {
  const findings: SubjectFinding[] = [];
  for (const { name, text } of recordSchemas().values()) {
    const isRegistered = (await registry.lookup(name, text)) !== null;
    const compatibility = await registry.compatibility(name);
    findings.push({ subject: name, isRegistered, compatibility });
  }
  return findings;
};
