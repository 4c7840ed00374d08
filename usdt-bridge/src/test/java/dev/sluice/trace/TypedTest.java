// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.region.ChunkDescriptor;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.ring.region.Slot;
import dev.sluice.target.LocalSession;
import dev.sluice.target.LocalTarget;
import dev.sluice.usdt.RecordingStub;
import dev.sluice.usdt.StubProbe;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What a typed interface's implementation does. What it refuses is {@link TypedDeclarationTest}'s. */
class TypedTest {
    private static final int FIRES = 50_000;

    private final LocalTarget target = LocalTarget.start();

    private enum Side { BUY, SELL }

    @TraceProvider("typed_all")
    interface AllTypes {
        boolean all(byte i8, short i16, int i32, long i64, @Unsigned byte u8, @Unsigned short u16, @Unsigned int u32,
                    @Unsigned long u64, float f, double d, boolean b, Side e, String s, CharSequence c, byte[] y,
                    ByteBuffer z, int last);
    }

    @TraceProvider("typed_shape")
    private interface Shapes {
        boolean none();

        @Name("renamed")
        void other(@Name("first") long a);

        boolean texts(String a, long b, String c);

        boolean sequence(CharSequence text);

        boolean side(Side side);

        boolean isNoneEnabled();

        boolean isOtherEnabled();

        boolean isEnabled();

        @Name("isTracepointEnabled")
        boolean isTracepointEnabled();

        default boolean twice() {
            return none() & none();
        }

        static long one() {
            return 1;
        }

        @Override
        String toString();
    }

    @TraceProvider("typed_twin")
    interface Twin {
        boolean fired(long id);
    }

    @TraceProvider("typed_words")
    interface Words {
        boolean two(long a, long b);

        boolean mixed(long a, double b, String c);
    }

    @TraceProvider("typed_trapped")
    interface Trapped {
        void two(int a, double b);

        void seven(byte a, short b, int c, long d, float e, double f, boolean g);

        void texts(String a, CharSequence b, byte[] c, ByteBuffer d, Side e);
    }

    @Test
    void shouldWriteTheSameBytesWhenFiredTypedAndDynamically() {
        final AllTypes typed = Sluice.provider(AllTypes.class);
        final Tracepoint dynamic = Provider.named("typed_all").find("all");
        assertThat(dynamic.fields()).extracting(Field::toString).containsExactly("int8 i8", "int16 i16", "int32 i32",
            "int64 i64", "uint8 u8", "uint16 u16", "uint32 u32", "uint64 u64", "float32 f", "float64 d", "bool b",
            "enum8 e", "string s", "string c", "bytes y", "bytes z", "int32 last");
        final ByteBuffer[] buffers = {ByteBuffer.allocate(8), ByteBuffer.allocateDirect(8),
            ByteBuffer.allocate(8).asReadOnlyBuffer(), ByteBuffer.allocate(10).position(2).slice()};
        try (LocalSession session = LocalSession.enable("typed_all")) {
            for (final ByteBuffer buffer : buffers) {
                buffer.position(3).limit(6);
                assertThat(typed.all((byte) -1, (short) -2, -3, -4, (byte) 255, (short) 65_535, -1, -1, Float.NaN,
                    -0.0, true, Side.SELL, "grüße", new StringBuilder("日本"), new byte[] {7, 8}, buffer, 42)).isTrue();
                final byte[] bytes = session.newest(88);
                assertThat(buffer.position()).isEqualTo(3);
                assertThat(dynamic.event().put(-1).put(-2).put(-3).put(-4).put(255).put(65_535).put(-1).put(-1)
                    .put(Float.NaN).put(-0.0).put(true).put(Side.SELL).put("grüße").put("日本").put(new byte[] {7, 8})
                    .put(new byte[3]).put(42).fire()).isTrue();
                assertThat(bytes).containsSequence("grüße".getBytes(StandardCharsets.UTF_8))
                    .isEqualTo(session.newest(88));
            }
        }
    }

    @TraceProvider("typed_padded")
    interface Padded {
        boolean both(long a, int b);
    }

    @Test
    void shouldLeavePaddingOutWhenAChunkIsClosedBehindAnEventOfOddLength() {
        final Padded padded = Sluice.provider(Padded.class);
        try (LocalSession session = LocalSession.enable("typed_padded")) {
            // In a thread of its own, whose ring is empty.
            final int[] padding = CompletableFuture.supplyAsync(() -> {
                padded.both(1, 1);
                final Slot slot = session.target().ring().slot();
                final long begin = slot.chunkBegin(slot.tailAcquire());
                while (slot.chunkBegin(session.tail()) == begin) {
                    assertThat(padded.both(1, 1)).isTrue();
                }
                final long chunk = slot.chunkAddress(begin, slot.ringLength());
                return new int[] {Memory.getInt(chunk + ChunkDescriptor.LAST_PADDING_OFFSET),
                    Memory.getInt(chunk + ChunkDescriptor.EVENT_COUNT_OFFSET)};
            }, command -> new Thread(command).start()).join();
            assertThat(padding).containsExactly(4, target.memory().region().chunkLength() / 24);
        }
    }

    @Test
    void shouldGiveTheSameObjectWhenAskedByManyThreads() throws Exception {
        final ExecutorService executor = Executors.newFixedThreadPool(8);
        try {
            final List<Future<Twin>> all =
                executor.invokeAll(Collections.nCopies(32, () -> Sluice.provider(Twin.class)));
            final Set<Twin> objects = ConcurrentHashMap.newKeySet();
            for (final Future<Twin> one : all) {
                objects.add(one.get(120, TimeUnit.SECONDS));
            }
            assertThat(objects).hasSize(1).containsOnly(Sluice.provider(Twin.class));
        } finally {
            executor.shutdownNow();
        }
        assertThat(Provider.named("typed_twin").tracepoint("fired", Field.int64("id")).fire(1)).isFalse();
    }

    @Test
    void shouldFireOnlyWhatIsEnabledWhenThereAreGuardsDefaultsAndNames() {
        final Shapes shapes = Sluice.provider(Shapes.class);
        assertThat(Provider.named("typed_shape").tracepoints()).extracting(Tracepoint::name)
            .containsExactlyInAnyOrder("none", "renamed", "texts", "sequence", "side", "isTracepointEnabled");
        assertThat(Provider.named("typed_shape").find("renamed").fields()).containsExactly(Field.int64("first"));
        assertThat(shapes.toString()).contains("typed_shape", "Shapes");
        assertThat(Shapes.one()).isEqualTo(1);
        assertThat(shapes.none() || shapes.isNoneEnabled() || shapes.isEnabled() || shapes.twice()).isFalse();
        try (LocalSession session = LocalSession.enable("typed_shape:renamed")) {
            assertThat(shapes.isOtherEnabled()).isTrue();
            assertThat(shapes.isNoneEnabled()).isFalse();
            assertThat(shapes.isEnabled()).isTrue();
            final long before = session.tail();
            assertThat(shapes.none()).isFalse();
            assertThat(session.tail()).isEqualTo(before);
            shapes.other(5);
            assertThat(session.newest(16)).startsWith(5, 0);
        }
        try (LocalSession session = LocalSession.enable("typed_shape")) {
            final long before = session.tail();
            assertThat(shapes.twice()).isTrue();
            assertThat(session.tail()).isEqualTo(before + 16);
            assertThat(shapes.isTracepointEnabled()).isTrue();
            assertThat(session.tail()).isEqualTo(before + 24);
            assertThat(shapes.texts(null, 1, "")).isTrue();
            assertThat(session.newest(24)).startsWith(4, 0, 0xE2, 0x90, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        }
    }

    @Test
    void shouldFireNestedAndNeverThrowWhenTheApplicationsCodeRuns() {
        final Shapes shapes = Sluice.provider(Shapes.class);
        final CharSequence nested = new Sequence(() -> Boolean.toString(shapes.none()));
        final CharSequence failing = new Sequence(() -> {
            throw new IllegalStateException("fired=" + shapes.none());
        });
        try (LocalSession session = LocalSession.enable("typed_shape")) {
            final long before = session.tail();
            assertThat(shapes.sequence(nested)).isTrue();
            assertThat(session.tail()).isEqualTo(before + 24);
            final long internal = target.memory().refusedCount(RefusalCause.INTERNAL);
            final long wrong = target.memory().refusedCount(RefusalCause.WRONG_ARGUMENTS);
            assertThat(shapes.sequence(failing)).isTrue();
            assertThat(session.tail()).isEqualTo(before + 32);
            assertThat(target.memory().refusedCount(RefusalCause.INTERNAL)).isEqualTo(internal + 1);
            assertThat(shapes.side(null)).as("null is a value").isTrue();
            assertThat(session.newest(16)).startsWith(0xFF);
            assertThat(session.tail()).isEqualTo(before + 48);
            assertThat(target.memory().refusedCount(RefusalCause.WRONG_ARGUMENTS)).isEqualTo(wrong);
        }
    }

    /** Runs code when its text is asked for. */
    private record Sequence(Supplier<String> text) implements CharSequence {
        @Override
        public int length() {
            return 0;
        }

        @Override
        public char charAt(final int index) {
            return 0;
        }

        @Override
        public CharSequence subSequence(final int start, final int end) {
            return this;
        }

        @Override
        public String toString() {
            return text.get();
        }
    }

    @Test
    @SuppressWarnings("try")
    void shouldAllocateNothingWhenFired() throws Exception {
        final Words words = Sluice.provider(Words.class);
        final Tracepoint dynamic = Provider.named("typed_words").find("two");
        final com.sun.management.ThreadMXBean threads =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (LocalSession ignored = LocalSession.enable("typed_words")) {
            // A thread of its own: nobody drains, and what fills its ring would be missing in other tests' ring.
            final CompletableFuture<Long> allocated = new CompletableFuture<>();
            final AtomicInteger fired = new AtomicInteger();
            final Thread thread = new Thread(() -> {
                fired.addAndGet(fire(words, dynamic));
                final long before = threads.getCurrentThreadAllocatedBytes();
                fired.addAndGet(fire(words, dynamic));
                allocated.complete(threads.getCurrentThreadAllocatedBytes() - before);
            });
            thread.setDaemon(true);
            thread.start();
            // Less than a byte in ten fires: what linking and measuring cost, once.
            assertThat(allocated.get(120, TimeUnit.SECONDS)).isLessThan(FIRES / 10);
            // All went the way of events, also those that the full ring refused.
            assertThat(fired).hasValue(2 * 3 * FIRES);
        }
    }

    /** Returns how many fires found their ring on. */
    private static int fire(final Words words, final Tracepoint dynamic) {
        int fired = 0;
        for (int i = 0; i < FIRES; i++) {
            fired += words.two(i, i) ? 1 : 0;
            fired += words.mixed(i, i, "symbol") ? 1 : 0;
            fired += dynamic.fire(i, i) ? 1 : 0;
        }
        return fired;
    }

    @Test
    void shouldCallTheProbeWhenOnlyATracerIsAttached() {
        final RecordingStub probe = new RecordingStub(StubProbe.MAX_ARGUMENTS);
        final Provider provider = Provider.named("typed_trapped");
        // Declared by name first: the code that is generated for the interface calls the stub that it finds then.
        final Tracepoint text = provider.tracepoint("text", Field.string("a"), Field.int64("b"));
        provider.tracepoint("two", Field.int32("a"), Field.float64("b"));
        provider.tracepoint("seven", Field.int8("a"), Field.int16("b"), Field.int32("c"), Field.int64("d"),
            Field.float32("e"), Field.float64("f"), Field.bool("g"));
        provider.tracepoint("texts", Field.string("a"), Field.string("b"), Field.bytes("c"), Field.bytes("d"),
            Field.enumeration("e", Side.class));
        provider.load();
        for (final Tracepoint tracepoint : provider.tracepoints()) {
            tracepoint.loaded(tracepoint.id(), tracepoint.wordAddress(), probe.address(), tracepoint.stringLimit());
        }
        final Trapped trapped = Sluice.provider(Trapped.class);
        final long refused = target.memory().refusedCount(RefusalCause.INTERNAL);
        trapped.two(-1, 2.5);
        assertThat(text.fire("off", 1)).isFalse();
        assertThat(probe.calls()).as("nobody is attached").isZero();
        for (final Tracepoint tracepoint : provider.tracepoints()) {
            // As the kernel does when a tracer attaches.
            Memory.putShortRelease(tracepoint.wordAddress(), (short) 1);
        }
        try {
            trapped.two(-1, 2.5);
            assertThat(probe.calls()).isEqualTo(1);
            assertThat((int) probe.argument(0)).isEqualTo(-1);
            assertThat(probe.argument(1)).isEqualTo(Double.doubleToRawLongBits(2.5));
            trapped.seven((byte) 1, (short) 2, 3, 4, 5, 6, true);
            assertThat(probe.calls()).isEqualTo(2);
            assertThat(probe.argument(6)).isEqualTo(1);
            trapped.texts("a", "b", new byte[] {7}, ByteBuffer.allocate(3), Side.SELL);
            assertThat(probe.calls()).isEqualTo(3);
            assertThat(Memory.getBytes(probe.argument(0), 2)).containsExactly('a', 0);
            assertThat(Memory.getBytes(probe.argument(1), 2)).containsExactly('b', 0);
            assertThat(Memory.getBytes(probe.argument(2), 1)).containsExactly(7);
            assertThat(probe.argument(4)).isEqualTo(Side.SELL.ordinal());
            trapped.texts("a", "b", null, null, null);
            assertThat(probe.calls()).isEqualTo(4);
            assertThat(probe.argument(2)).as("null").isZero();
            assertThat(text.fire("grüße", 9)).as("no ring is on").isFalse();
            assertThat(probe.calls()).isEqualTo(5);
            final byte[] expected = "grüße\0".getBytes(StandardCharsets.UTF_8);
            assertThat(Memory.getBytes(probe.argument(0), expected.length)).isEqualTo(expected);
            assertThat(probe.argument(1)).isEqualTo(9);
            text.fire((String) null, 9);
            assertThat(probe.calls()).isEqualTo(6);
            assertThat(probe.argument(0)).as("null").isZero();
        } finally {
            provider.tracepoints().forEach(tracepoint -> Memory.putShortRelease(tracepoint.wordAddress(), (short) 0));
        }
        assertThat(target.memory().refusedCount(RefusalCause.INTERNAL)).isEqualTo(refused);
    }
}
