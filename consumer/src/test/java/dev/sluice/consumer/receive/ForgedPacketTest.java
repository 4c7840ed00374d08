// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.receive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.consumer.FakeTarget;
import dev.sluice.consumer.account.RingLedger;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.session.Session;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.export.ctf.CtfExporter;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.read.PacketStream;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.store.segment.TraceDamage;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A target that lies in its packets, through receiver, trace and readers: whatever the receiver stores, readers take,
 * and every event that it stored is read or counted as malformed.
 */
@OneJdk
@Timeout(900)
class ForgedPacketTest {
    /** Recordings, as many as issue 10 tried. */
    private static final int RECORDINGS = 60;
    private static final int PACKETS = 1700;
    private static final int EVENTS = 3;
    private static final long[] EXTREMES = {0, 1, -1, 2, 7, 8, Long.MAX_VALUE, Long.MAX_VALUE - 1, Long.MIN_VALUE,
        Long.MIN_VALUE + 1, 1L << 47, (1L << 47) - 1, 1L << 48, (1L << 48) - 1, 1L << 62, (1L << 62) + 1,
        Integer.MAX_VALUE, Integer.MIN_VALUE, 1L << 32, 128 * 8, 136 * 8};

    @TempDir
    private Path directory;
    private long stored;
    private long refused;

    @Test
    void shouldReadEveryTraceWhenHeadersAreForged() throws IOException {
        final long seed = Seed.draw("ForgedPacketTest");
        final int recordings = Boolean.getBoolean("sluice.long") ? RECORDINGS * 10 : RECORDINGS;
        for (int i = 0; i < recordings; i++) {
            record(i, new Random(seed + i), "recording " + i + " seed " + seed);
        }
        System.out.println(stored + " forged and honest packets stored, " + refused + " refused");
        assertThat(stored).isPositive();
        assertThat(refused).isPositive();
    }

    private void record(final int number, final Random random, final String where) throws IOException {
        final Path trace = directory.resolve("t" + number);
        try (FakeTarget fake = new FakeTarget()) {
            fake.slotLimit(FakeTarget.SLOTS);
            try (Target target = fake.open();
                 Session session = Session.take(target, TimeUnit.SECONDS.toNanos(1));
                 TraceWriter writer = TraceWriter.create(trace, TraceInfo.now("", ""))) {
                final TargetTraceWriter part = new TargetTraceWriter(writer, target, false);
                final PacketReceiver receiver = new PacketReceiver(session, part);
                receiver.begun();
                feed(fake, session, receiver, random);
                receiver.reconcile(receiver.drainedSequences());
                final List<RingAccount> accounts = receiver.accounts(RingLedger.Reach.OPEN);
                part.end(new EndInfo(EndKind.CONSUMER_STOPPED, false, 1, accounts, Map.of()));
                check(trace, receiver.storedEvents(), number, where);
            }
        }
    }

    private void feed(final FakeTarget fake, final Session session, final PacketReceiver receiver,
                      final Random random) {
        final PacketBuilder[] rings = new PacketBuilder[FakeTarget.SLOTS];
        for (int i = 0; i < rings.length; i++) {
            rings[i] = new PacketBuilder(fake.id, i, StreamClass.ofCode(random.nextInt(2)));
        }
        for (int i = 0; i < PACKETS; i++) {
            final PacketBuilder ring = rings[random.nextInt(rings.length)];
            ring.begin();
            for (int j = 0; j < EVENTS; j++) {
                ring.event(FakeTarget.SCHEMA, 1000 + i, 0, (long) i, "x");
            }
            ring.finish();
            Memory.putShort(ring.address() + PacketHeaderDescriptor.EPOCH_OFFSET, (short) session.epoch());
            if (random.nextInt(3) == 0) {
                forge(ring, random);
            }
            final long before = receiver.storedEvents();
            receiver.onPacket(ring.address(), ring.length());
            if (receiver.storedEvents() > before) {
                stored++;
            } else {
                refused++;
            }
            if (random.nextInt(50) == 0) {
                Memory.putLongVolatile(fake.slot(random.nextInt(rings.length)).address()
                    + SlotDescriptor.SEQUENCE_OFFSET, EXTREMES[random.nextInt(EXTREMES.length)]);
                receiver.reconcile(receiver.drainedSequences());
            }
        }
    }

    /** One to three fields of the header, or words of the content. */
    private static void forge(final PacketBuilder packet, final Random random) {
        for (int i = random.nextInt(3); i >= 0; i--) {
            final boolean isHeader = random.nextInt(8) > 0;
            final int at = isHeader ? random.nextInt(PacketHeaderDescriptor.LENGTH / Integer.BYTES) * Integer.BYTES
                : random.nextInt(packet.length() / Integer.BYTES) * Integer.BYTES;
            final long address = packet.address() + at;
            final long value = switch (random.nextInt(6)) {
                case 0 -> random.nextLong();
                // Near what is there: the lies that are hardest to see.
                case 1, 2, 3, 4 -> Memory.getLong(address & -Long.BYTES) + random.nextInt(33) - 16;
                default -> EXTREMES[random.nextInt(EXTREMES.length)];
            };
            if (random.nextBoolean()) {
                Memory.putInt(address, (int) value);
            } else {
                Memory.putLong(address & -Long.BYTES, value);
            }
        }
    }

    private void check(final Path trace, final long storedEvents, final int number, final String where) {
        final TraceReader reader = TraceReader.open(trace);
        // Nothing but contents is wrong, so no header that was stored is refused.
        assertThat(reader.damage()).as(where).isEmpty();
        assertThat(reader.targets().get(0).streams().stream().mapToLong(PacketStream::events).sum()).as(where)
            .isEqualTo(storedEvents);
        final TraceReport report = TraceReport.of(reader);
        assertThat(reader.damage()).as(where).extracting(TraceDamage::problem)
            .allSatisfy(problem -> assertThat(problem).startsWith("malformed"));
        final long malformed = report.account().lost().getOrDefault("malformed", 0L);
        assertThat(report.account().stored()).as(where).isPositive();
        assertThat(report.account().stored() + malformed).as(where).isGreaterThanOrEqualTo(storedEvents);
        assertThat(report.toText()).isNotBlank();
        if (number % 10 == 0) {
            assertThat(new CtfExporter(reader).export(directory.resolve("ctf" + number))).hasSize(1);
        }
    }
}
