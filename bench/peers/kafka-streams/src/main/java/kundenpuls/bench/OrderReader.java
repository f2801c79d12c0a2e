package kundenpuls.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;

/**
 * Decodes an order in the registry's wire format with Avro's fast reader, reusing record and decoder:
 * the quickest way that the library offers. One per thread.
 */
final class OrderReader {
    /** Magic byte and schema id. */
    private static final int HEADER_BYTES = 5;

    private final GenericDatumReader<GenericRecord> reader;
    private BinaryDecoder decoder;
    private GenericRecord order;

    OrderReader(Schema schema) {
        this.reader = new GenericDatumReader<>(schema);
    }

    /** Decodes a value; the record is valid until the next call. */
    void read(byte[] value) {
        try {
            int length = value.length - HEADER_BYTES;
            decoder = DecoderFactory.get().binaryDecoder(value, HEADER_BYTES, length, decoder);
            order = reader.read(order, decoder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    CharSequence eventId() {
        return (CharSequence) order.get("eventId");
    }

    long orderedAtMs() {
        return (Long) order.get("orderedAtMs");
    }

    /** Net amount of the document in minor units, negative on returns. */
    double netMinor() {
        double sum = 0;
        for (Object line : (List<?>) order.get("lines")) {
            sum += (Long) ((GenericRecord) line).get("netAmountMinor");
        }
        return "returned".contentEquals(order.get("kind").toString()) ? -sum : sum;
    }
}
