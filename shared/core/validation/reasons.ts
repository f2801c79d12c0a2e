/**
 * The closed table of reasons why an input record is refused. Every refused record becomes a dead
 * letter with one of these codes; the sentence tells a person what is wrong and what to do. Codes are
 * part of the contract (dashboards and filters use them): add new ones, never rename.
 */

export const REASONS = {
  'value-missing':
    'The record has no value. Produce it again with the event; to erase a customer, send an ErasureRequested.',
  'record-too-large':
    'The record is larger than 1 MB. Split the document at the source and produce it again.',
  'not-avro':
    'The value does not start with the magic byte and schema id of the wire format. Use a serializer that writes to the schema registry.',
  'schema-unknown':
    'The schema id of the value is not in the registry. Register the schema (or point the producer at the right registry), then replay the record.',
  undecodable:
    'The bytes do not match the schema they claim. Fix the producer; send the corrected event under a new event id.',
  'event-unexpected':
    'The schema is not one of the events of this topic. Send it to the topic it belongs to.',
  'key-mismatch':
    'The key of the record is not its customer id, so it may be on the wrong partition. Key the record by customer id.',
  'mapping-failed':
    'The source record could not be mapped onto an event. Fix the record or the mapping, then replay it.',
  'customer-missing':
    'The customer id is empty. Complete it at the source and send the event again.',
  'order-id-missing': 'The order id is empty. Complete it at the source and send the event again.',
  'document-version-invalid':
    'The document version is below 1. Count the versions of a document from 1 at the source.',
  'amount-negative':
    'A line has a negative amount. Amounts are never negative: send returns as kind "returned" with positive amounts.',
  'amount-absurd':
    'An amount is not a whole number of minor units or is beyond 100 billion in major units. Check the unit and correct the document at the source.',
  'quantity-invalid':
    'A quantity is negative, not a number or beyond one billion. Correct the document at the source.',
  'name-too-long':
    'The name of a product or product group is longer than 200 characters. Correct the field at the source.',
  'names-full':
    'The partition knows a million names of products and product groups already and takes no new ones. Probably a source puts order numbers or texts into these fields: mend it, rebuild without them, then replay the record.',
  'currency-unknown': 'The currency is not an ISO 4217 code. Correct it at the source.',
  'date-future':
    'The document lies more than seven days after the time of the log. Correct its date at the source, or replay it once that time has come.',
  'date-ancient': 'The document is dated before 2000-01-01. Correct its date at the source.',
  'rate-unknown':
    'No exchange rate is known for the currency on that day or before. Send RatesOfDay, then replay the record.',
  'late-beyond-window':
    'The document is older than the window in which corrections are exact. Book it by hand, or rebuild from the full history.',
  'delivery-refused':
    'The receiver of the webhook refuses this record, while it takes others. Mend the receiver, then replay the record.',
  'merge-circular':
    'A customer cannot be merged into itself. Correct the event at the source and send it again.',
  'rate-invalid':
    'A rate is not above zero or beyond one billion. Correct it at the source and send the rates again.',
  'artefact-invalid':
    'The artefact is not valid, so the version before it stays in force. Mend it and publish it under a new version.',
  'artefact-unknown':
    'The version that was activated is not on the models topic, or its content has another hash. Publish it, then activate it again.',
} as const satisfies Readonly<Record<string, string>>;

export type ReasonCode = keyof typeof REASONS;

/** All codes, in the order of the table. */
export const REASON_CODES = Object.keys(REASONS) as readonly ReasonCode[];

/** Tells whether a text is a code of the table. */
export const isReasonCode = (code: string): code is ReasonCode => Object.hasOwn(REASONS, code);

/** Returns the sentence of a code, with the detail that names the record's own trouble. */
export const reasonSentence = (code: ReasonCode, detail: string): string =>
  detail === '' ? REASONS[code] : `${REASONS[code]} (${detail})`;
