/**
 * Tells whether a record speaks of a customer: what an erasure has to find and an export has to give.
 * In records of the contract only the fields that name customers count. Foreign ones, such as an ERP's
 * JSON that could not be mapped, have unknown fields: there any value that reads like the id counts,
 * since personal data that stays is worse than a letter too many.
 */

/** Fields of the contract that hold the id of a customer. */
const CUSTOMER_FIELDS: ReadonlySet<string> = new Set([
  'customerId',
  'intoCustomerId',
  'mergedIntoCustomerId',
  'parentCustomerId',
]);

/** Records nest a few levels; deeper is nobody's data and would cost the stack. */
const DEPTH_MAX = 32;

type Scope = {
  readonly customerId: string;
  /** A record of our contract, whose fields are known. */
  readonly isContract: boolean;
};

/** True when the record, or anything within it, names the customer. */
export const mentionsCustomer = (record: object, scope: Scope): boolean => within(record, scope, 0);

const within = (record: object, scope: Scope, depth: number): boolean => {
  if (depth > DEPTH_MAX || ArrayBuffer.isView(record)) return false;
  return Object.entries(record).some(([name, value]: [string, unknown]) => {
    if (typeof value === 'object') return value !== null && within(value, scope, depth + 1);
    if (scope.isContract && !CUSTOMER_FIELDS.has(name)) return false;
    return (typeof value === 'string' || typeof value === 'number') && isId(value, scope);
  });
};

const isId = (value: string | number, { customerId }: Scope): boolean =>
  String(value).trim() === customerId;
