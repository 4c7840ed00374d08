// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import static dev.sluice.trace.Field.int64;
import static dev.sluice.trace.Field.string;

import dev.sluice.bench.fire.Values;
import dev.sluice.bench.session.EventFields;
import dev.sluice.ring.memory.Memory;
import dev.sluice.trace.Field;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import dev.sluice.usdt.find.ProcessProbes;
import dev.sluice.usdt.find.UsdtProbe;
import java.util.stream.IntStream;

/**
 * A tracepoint whose event has another size than that of all other ways: so many longs, or a text of so many
 * characters. A JVM has one of them only.
 */
final class SizedEvent implements EventFields {
    static final String PROVIDER_NAME = "bench_sized";
    static final String PATTERN = PROVIDER_NAME + ":*";
    private static final String LONGS = "longs-";
    private static final String TEXT = "text-";
    private static final int MOST_LONGS = 8;
    private static final int MOST_TEXT = 1024;
    /** Texts of one length, taken in turn. */
    private static final int TEXTS = 16;

    private final Provider provider = Provider.named(PROVIDER_NAME);
    private final Tracepoint tracepoint;
    /** Number of longs, or -1. */
    private final int longs;
    /** Characters of the text, or -1. */
    private final int characters;
    private final Firing firing;

    /** Fires the event; one class in a JVM, so the compiler sees one call. */
    @FunctionalInterface
    private interface Firing {
        boolean fire(long a, long b);
    }

    /**
     * Declares it.
     *
     * @param payload {@code longs-N} with N from 0 to 8, or {@code text-N} with N characters, all of them Latin
     */
    SizedEvent(final String payload) {
        if (payload.startsWith(LONGS)) {
            final int count = number(payload, LONGS, MOST_LONGS);
            longs = count;
            characters = -1;
            tracepoint = provider.tracepoint("sized",
                IntStream.range(0, count).mapToObj(i -> int64("v" + i)).toArray(Field[]::new));
            firing = longs(count);
        } else {
            final int length = number(payload, TEXT, MOST_TEXT);
            longs = -1;
            characters = length;
            tracepoint = provider.tracepoint("sized", string("text"));
            final String[] texts = IntStream.range(0, TEXTS)
                .mapToObj(i -> Character.toString('a' + i).repeat(length)).toArray(String[]::new);
            firing = (a, b) -> tracepoint.fire(texts[(int) a & TEXTS - 1]);
        }
    }

    private static int number(final String payload, final String kind, final int most) {
        final int number = payload.startsWith(kind) ? Integer.parseInt(payload.substring(kind.length())) : -1;
        if (number < 0 || number > most) {
            throw new IllegalArgumentException("payload=" + payload + " most=" + most);
        }
        return number;
    }

    private Firing longs(final int count) {
        return switch (count) {
            case 0 -> (a, b) -> tracepoint.fire();
            case 1 -> (a, b) -> tracepoint.fire(a);
            case 2 -> (a, b) -> tracepoint.fire(a, b);
            case 3 -> (a, b) -> tracepoint.fire(a, b, a);
            case 4 -> (a, b) -> tracepoint.fire(a, b, a, b);
            case 5 -> (a, b) -> tracepoint.fire(a, b, a, b, a);
            case 6 -> (a, b) -> tracepoint.fire(a, b, a, b, a, b);
            case 7 -> (a, b) -> tracepoint.event().put(a).put(b).put(a).put(b).put(a).put(b).put(a).fire();
            default -> (a, b) -> tracepoint.event().put(a).put(b).put(a).put(b).put(a).put(b).put(a).put(b).fire();
        };
    }

    @Override
    public int check(final long address) {
        return longs < 0 ? checkText(address) : checkLongs(address) ? longs * Long.BYTES : WRONG;
    }

    /** Both values of the event in turn; of one long only that some event has it as its first value. */
    private boolean checkLongs(final long address) {
        if (longs < 2) {
            return longs == 0 || Values.isFirst(Memory.getLong(address));
        }
        final long number = Memory.getLong(address + Long.BYTES);
        for (int i = 0; i < longs; i++) {
            if (Memory.getLong(address + (long) i * Long.BYTES) != (i % 2 == 0 ? Values.first(number) : number)) {
                return false;
            }
        }
        return true;
    }

    /** One letter again and again, of those that there are. */
    private int checkText(final long address) {
        final byte letter = Memory.getByte(address + Short.BYTES);
        boolean isRight = Short.toUnsignedInt(Memory.getShort(address)) == characters && letter >= 'a'
            && letter < 'a' + TEXTS;
        for (int i = 1; isRight && i < characters; i++) {
            isRight = Memory.getByte(address + Short.BYTES + i) == letter;
        }
        return isRight ? Short.BYTES + characters : WRONG;
    }

    /** Makes the probe known. */
    void load() {
        provider.load();
    }

    boolean fire(final long a, final long b) {
        return firing.fire(a, b);
    }

    boolean isEnabled() {
        return tracepoint.isEnabled();
    }

    /** Where its stub is, once it is loaded. */
    UsdtProbe probe() {
        return ProcessProbes.of(ProcessHandle.current().pid()).stream()
            .filter(probe -> probe.provider().equals(PROVIDER_NAME)).findFirst()
            .orElseThrow(() -> new IllegalStateException("this process has no probe " + PATTERN));
    }
}
