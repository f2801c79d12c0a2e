package kundenpuls.bench;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.avro.Schema;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * The Kafka Streams peer: orders in, a 256-byte state per customer in RocksDB, a trivial rule, changes
 * of the segment out, exactly once (EOS v2). Arguments: brokers, input topic, output topic,
 * application id, state folder, schema file of the order, stream threads, id of the order's schema.
 */
public final class Peer {
    private static final String STORE = "customers";

    private Peer() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        Schema schema = new Schema.Parser().parse(new File(args[5]));
        Topology topology = topologyOf(args[1], args[2], schema, Integer.parseInt(args[7]));
        KafkaStreams streams = new KafkaStreams(topology, settingsOf(args));
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            streams.close();
            stopped.countDown();
        }));
        streams.start();
        stopped.await();
    }

    private static Properties settingsOf(String[] args) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, args[3]);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, args[4]);
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, Integer.parseInt(args[6]));
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
        // Larger polls than the default of 1,000 help it a little; all else is as it comes.
        settings.put(StreamsConfig.consumerPrefix("max.poll.records"), 5_000);
        return settings;
    }

    private static Topology topologyOf(String input, String output, Schema schema, int id) {
        StreamsBuilder builder = new StreamsBuilder();
        builder.addStateStore(Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(STORE), Serdes.ByteArray(), Serdes.ByteArray()));
        builder.stream(input, Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
                .process(() -> new Scorer(schema, id), STORE)
                .to(output, Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
        return builder.build();
    }

    /** Folds one order into its customer and forwards the change of its segment, if any. */
    private static final class Scorer extends ContextualProcessor<byte[], byte[], byte[], byte[]> {
        private final OrderReader reader;
        private final int schemaId;
        private KeyValueStore<byte[], byte[]> customers;

        Scorer(Schema schema, int schemaId) {
            this.reader = new OrderReader(schema);
            this.schemaId = schemaId;
        }

        @Override
        public void init(ProcessorContext<byte[], byte[]> context) {
            super.init(context);
            customers = context.getStateStore(STORE);
        }

        @Override
        public void process(Record<byte[], byte[]> order) {
            // Ticks and other events that it has no rule for.
            if (ByteBuffer.wrap(order.value()).getInt(1) != schemaId) {
                return;
            }
            reader.read(order.value());
            CustomerState state = CustomerState.of(customers.get(order.key()));
            int before = state.segment();
            boolean isChanged = state.add(reader.orderedAtMs(), reader.netMinor());
            customers.put(order.key(), state.bytes());
            if (isChanged) {
                String change = reader.eventId() + "|" + before + "|" + state.segment();
                context().forward(order.withValue(change.getBytes(StandardCharsets.UTF_8)));
            }
        }
    }
}
