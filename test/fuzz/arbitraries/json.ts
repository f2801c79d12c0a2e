/** JSON after an accident: a valid document with values swapped, dropped, doubled or made extreme. */
import fc from 'fast-check';

type Json = Record<string, unknown> | unknown[];
const isNode = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** Values that programs trip over. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, true, '', ' ', '\u0000', '__proto__', 'constructor', 'NaN', '1e999', [], {}],
    ...[0, -0, -1, 1, 0.1, 1e-320, 2 ** 31, -(2 ** 31), 2 ** 53, 2 ** 53 + 2, -(2 ** 53), 1e308],
    ...[-1e308, 8.64e15, 8.64e15 + 1, -8.64e15, 946_684_800_000, 7_258_118_400_000],
  ),
  fc.double(),
  fc.integer(),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Every place of a document, as the node and the key in it. */
const placesOf = (root: unknown): readonly (readonly [Json, string])[] => {
  const places: (readonly [Json, string])[] = [];
  const visit = (node: unknown): void => {
    if (!isNode(node)) return;
    for (const key of Object.keys(node)) {
      places.push([node, key]);
      visit((node as Record<string, unknown>)[key]);
    }
  };
  visit(root);
  return places;
};

type Change = { readonly share: number; readonly how: string; readonly value: unknown };

const apply = (document: unknown, { share, how, value }: Change): void => {
  const places = placesOf(document);
  const place = places[Math.floor(share * places.length)];
  if (place === undefined) return;
  const [node, key] = place as readonly [Record<string, unknown>, string];
  const there = node[key];
  if (how === 'drop' && Array.isArray(node)) node.splice(Number(key), 1);
  else if (how === 'drop') Reflect.deleteProperty(node, key);
  else if (how === 'double' && Array.isArray(there))
    there.push(...(structuredClone(there) as unknown[]));
  else if (how === 'scale' && typeof there === 'number') node[key] = there * Number(value);
  else if (how === 'add') node[`x${key}`] = value;
  else node[key] = structuredClone(value);
};

const change: fc.Arbitrary<Change> = fc.record({
  share: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  how: fc.constantFrom('replace', 'replace', 'drop', 'double', 'scale', 'add'),
  value: oddValue,
});

/** Copies of a document with one to five changes. */
export const mutatedJson = (document: unknown): fc.Arbitrary<unknown> =>
  fc.array(change, { minLength: 1, maxLength: 5 }).map((changes) => {
    const copy: { root: unknown } = { root: structuredClone(document) };
    for (const each of changes) apply(copy, each);
    return copy.root;
  });

/** The text of any value; what JSON cannot say becomes null, as within an array. */
export const jsonText = (value: unknown): string => JSON.stringify([value]).slice(1, -1);
