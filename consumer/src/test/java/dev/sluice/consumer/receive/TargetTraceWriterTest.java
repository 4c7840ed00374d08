// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.consumer.FakeTarget;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.Target;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.SchemaCodec;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.region.RegionDescriptor;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.write.TraceWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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
}
