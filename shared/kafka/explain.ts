/** Says in words why Kafka shut a door, and which setting or right opens it. */

const CLIENT_ERROR = /^Kafka(JS|ClientError)/;

/** The messages of an error and of what caused it. */
const messagesOf = (error: unknown): readonly string[] =>
  error instanceof Error ? [error.message, ...messagesOf(error.cause)] : [];

const isOfClient = (error: unknown): boolean =>
  error instanceof Error && (CLIENT_ERROR.test(error.name) || isOfClient(error.cause));

type Door = { readonly sign: RegExp; readonly words: (reason: string) => string };

const DOORS: readonly Door[] = [
  {
    sign: /certificate/i,
    words: (reason) =>
      `has a certificate that is not accepted (${reason}); check KUNDENPULS_KAFKA_CA_FILE`,
  },
  {
    sign: /authentication|SASL|SCRAM/i,
    words: (reason) =>
      `refuses the user or its password (${reason}); check KUNDENPULS_KAFKA_USERNAME and ` +
      'KUNDENPULS_KAFKA_PASSWORD',
  },
  {
    sign: /not authori[sz]ed|AUTHORIZATION_FAILED/i,
    words: (reason) =>
      `does not let the user of KUNDENPULS_KAFKA_USERNAME do this (${reason}); grant it the rights ` +
      'of its role in deploy/security/kafka-acls.json',
  },
];

/** Returns an error in words for a door that Kafka shut; other errors as they are. */
export const explainKafka = (error: unknown, brokers: readonly string[]): unknown => {
  if (!isOfClient(error)) return error;
  for (const reason of messagesOf(error)) {
    const door = DOORS.find(({ sign }) => sign.test(reason));
    if (door === undefined) continue;
    return new Error(`Kafka at ${brokers.join(', ')} ${door.words(reason)}`, { cause: error });
  }
  return error;
};
