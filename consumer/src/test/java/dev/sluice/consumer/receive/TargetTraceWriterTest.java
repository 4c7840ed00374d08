// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.consumer.FakeTarget;
import dev.sluice.consumer.account.RingLedger;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.session.Session;
import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.clock.TickerState;
import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.SchemaCodec;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.region.RegionDescriptor;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.clock.TickerIntervals;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.write.TraceWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a growing schema log costs: a target that lies may add to it before every packet. */
@Timeout(300)
class TargetTraceWriterTest {
    private static final EventSchema OTHER = new EventSchema(2, "orders", "filled", List.of());

    @TempDir
    private Path directory;
    private FakeTarget fake;
    private Target target;
    private TraceWriter writer;
    private TargetTraceWriter trace;
    private long lengthBytes = SchemaCodec.encode(FakeTarget.SCHEMA).length;

    @BeforeEach
    void open() throws IOException {
        fake = new FakeTarget();
        target = fake.open();
        writer = TraceWriter.create(directory.resolve("trace"), TraceInfo.now("", ""));
        trace = new TargetTraceWriter(writer, target, false);
    }

    @AfterEach
    void close() {
        writer.close();
        target.close();
        fake.close();
    }

    private void append(final byte[] entry) {
        Memory.putBytes(fake.regionHead + RegionDescriptor.SCHEMA_OFFSET + lengthBytes, entry, 0, entry.length);
        lengthBytes += entry.length;
        Memory.putLongRelease(fake.regionHead + RegionDescriptor.SCHEMA_LENGTH_OFFSET, lengthBytes);
    }

    @Test
    void shouldReadOnlyWhatIsNewWhenTheLogGrows() {
        final List<EventSchema> first = trace.schema();
        // Whoever read these bytes again would find them damaged.
        Memory.putLong(fake.regionHead + RegionDescriptor.SCHEMA_OFFSET, -1);
        append(SchemaCodec.encode(OTHER));
        assertThat(trace.schema()).containsExactly(FakeTarget.SCHEMA, OTHER);
        assertThat(first).containsExactly(FakeTarget.SCHEMA);
    }

    @Test
    void shouldKeepTheListWhenTheLogGrowsByNoEvent() {
        final List<EventSchema> first = trace.schema();
        append(SchemaCodec.encodeSite(FakeTarget.SCHEMA.id(), 1));
        assertThat(trace.schema()).isSameAs(first);
    }

    @Test
    void shouldRefuseAnIdThatWasDeclaredBefore() {
        append(SchemaCodec.encode(FakeTarget.SCHEMA));
        assertThatThrownBy(trace::schema).isInstanceOf(AttachException.class).hasMessageContaining("declared twice");
    }

    @Test
    void shouldSayUntilWhenEventsWereFiredWhenTheTickerHasEndedInTheMiddleOfAStore() throws IOException {
        try (FakeTarget sampled = new FakeTarget()) {
            Memory.putInt(sampled.control + ControlFileDescriptor.CLOCK_KIND_OFFSET, Clock.KIND_SAMPLED);
            Memory.putInt(sampled.regionHead + RegionDescriptor.CLOCK_KIND_OFFSET, Clock.KIND_SAMPLED);
            sampled.slotLimit(FakeTarget.SLOTS);
            final long ticker = sampled.regionHead + RegionDescriptor.TICKER_OFFSET;
            TickerState.begin(ticker, 16, 500_000, 1);
            final Path directoryOfTrace = directory.resolve("sampled");
            try (Target opened = sampled.open();
                 Session session = Session.take(opened, TimeUnit.SECONDS.toNanos(1));
                 TraceWriter traceWriter = TraceWriter.create(directoryOfTrace, TraceInfo.now("", ""))) {
                final TargetTraceWriter part = new TargetTraceWriter(traceWriter, opened, false);
                final PacketReceiver receiver = new PacketReceiver(session, part);
                receiver.begun();
                part.clock();
                final PacketBuilder ring = new PacketBuilder(sampled.id, 0, StreamClass.ofCode(0));
                ring.begin();
                // The second one carries the reading of the first.
                ring.event(FakeTarget.SCHEMA, 1000, 0, 1L, "x");
                ring.event(FakeTarget.SCHEMA, 1000, 0, 2L, "y");
                ring.finish();
                Memory.putShort(ring.address() + PacketHeaderDescriptor.EPOCH_OFFSET, (short) session.epoch());
                receiver.onPacket(ring.address(), ring.length());
                assertThat(receiver.storedEvents()).isEqualTo(2);
                Memory.putLongVolatile(ticker + TickerState.VERSION_OFFSET, 3);
                part.end(new EndInfo(EndKind.TARGET_EXITED, false, 1, receiver.accounts(RingLedger.Reach.OPEN),
                    Map.of()));
            }
            final EventCursor cursor = TraceReader.open(directoryOfTrace).events().cursor();
            assertThat(cursor.next()).isTrue();
            assertThat(cursor.next()).isTrue();
            assertThat(cursor.event().latestNs()).isNotEqualTo(TickerIntervals.UNKNOWN);
        }
    }
}
