package kundenpuls.bench;

import java.nio.ByteBuffer;

/**
 * The state of one customer in the peer: 32 doubles, 256 bytes, in one buffer that is read and
 * written in place. It is the least that a scorer could get by with: counters, three fading sums
 * and twelve monthly tiles; no ledger, hence no exact corrections.
 */
final class CustomerState {
    static final int BYTES = 256;

    private static final int ORDERS = 0;
    private static final int REVENUE = 1;
    private static final int LAST_ORDERED_AT = 2;
    private static final int DECAYED = 3;
    private static final int SEGMENT = 6;
    private static final int TILES = 8;
    private static final int MONTHS = 12;
    private static final double MS_PER_WEEK = 604_800_000.0;
    private static final double MS_PER_MONTH = 2_629_800_000.0;
    private static final double[] HALF_LIVES_WEEKS = {3, 12, 40};
    /** Lower bounds of the segments by fading revenue (half-life 40 weeks), minor units. */
    private static final double[] SEGMENT_FROM = {0, 50_000, 200_000, 1_000_000, 5_000_000};

    private final ByteBuffer numbers;

    private CustomerState(byte[] bytes) {
        this.numbers = ByteBuffer.wrap(bytes);
    }

    /** Wraps a stored state, or starts an empty one when there is none. */
    static CustomerState of(byte[] stored) {
        return new CustomerState(stored == null ? new byte[BYTES] : stored);
    }

    byte[] bytes() {
        return numbers.array();
    }

    int segment() {
        return (int) get(SEGMENT);
    }

    /** Adds an order and steps the segment; returns true when it changed. */
    boolean add(long orderedAtMs, double netMinor) {
        double elapsedWeeks = Math.max(0, orderedAtMs - get(LAST_ORDERED_AT)) / MS_PER_WEEK;
        for (int i = 0; i < HALF_LIVES_WEEKS.length; i++) {
            double keep = Math.exp(-Math.log(2) * elapsedWeeks / HALF_LIVES_WEEKS[i]);
            set(DECAYED + i, get(DECAYED + i) * keep + netMinor);
        }
        boolean isFirst = get(ORDERS) == 0;
        set(ORDERS, get(ORDERS) + 1);
        set(REVENUE, get(REVENUE) + netMinor);
        set(LAST_ORDERED_AT, Math.max(orderedAtMs, get(LAST_ORDERED_AT)));
        int tile = TILES + (int) Math.floorMod((long) (orderedAtMs / MS_PER_MONTH), (long) MONTHS);
        set(tile, get(tile) + netMinor);
        int before = segment();
        int now = 0;
        while (now + 1 < SEGMENT_FROM.length && get(DECAYED + 2) >= SEGMENT_FROM[now + 1]) {
            now++;
        }
        set(SEGMENT, now);
        return isFirst || now != before;
    }

    private double get(int index) {
        return numbers.getDouble(index * Double.BYTES);
    }

    private void set(int index, double value) {
        numbers.putDouble(index * Double.BYTES, value);
    }
}
