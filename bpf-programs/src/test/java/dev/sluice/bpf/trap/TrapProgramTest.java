// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.trap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.bpf.NativeTarget;
import dev.sluice.bpf.libbpf.BpfLink;
import dev.sluice.bpf.libbpf.BpfRingBuffer;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@OneJdk
@KernelTest
@Timeout(300)
class TrapProgramTest {

    private static final int RING_BUFFER_BYTES = 64 * 1024;
    private static final int PROBE_ID = 0x7fabcdef;
    private static final int STRINGS_3 = 0b1001_0000_0001;

    @TempDir
    private Path directory;
    private NativeTarget target;
    private TrapProgram program;

    @BeforeEach
    void start() throws IOException {
        target = new NativeTarget(directory);
        program = TrapProgram.load(new TrapConfig(target.pid(), RING_BUFFER_BYTES));
    }

    @AfterEach
    void stop() throws IOException {
        program.close();
        target.close();
    }

    private static String word(final int index) {
        return "0x" + (index + 1) + "0000000" + (index + 1) + "2345";
    }

    private void fire(final String arguments) throws IOException {
        assertThat(target.send("trap " + arguments)).isEqualTo("done");
    }

    /** Decodes the one record there is: integers as numbers, strings as they are. */
    private List<Object> received(final int count, final int strings) {
        final List<Object> values = new ArrayList<>();
        final long before = System.nanoTime() - 10_000_000_000L;
        final int records = program.ringBuffer().poll((address, length) -> {
            final TrapRecord record = new TrapRecord().wrap(address, length);
            assertThat(record.probeId()).isEqualTo(PROBE_ID);
            assertThat(record.tid()).isEqualTo(target.pid());
            assertThat(record.ktimeNs()).isBetween(before, System.nanoTime());
            for (int i = 0; i < count; i++) {
                values.add((strings >> i & 1) != 0 ? String.valueOf(record.string(i)) : (Object) record.argument(i));
            }
        }, 10);
        assertThat(records).isEqualTo(1);
        return values;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 9, 12})
    void shouldDeliverEveryArgumentWhenTheyAreIntegers(final int count) throws IOException {
        target.attach(program, PROBE_ID, count, 0);
        fire(IntStream.range(0, 12).mapToObj(TrapProgramTest::word).collect(Collectors.joining(" ")));
        assertThat(received(count, 0)).isEqualTo(
            IntStream.range(0, count).mapToObj(i -> Long.decode(word(i))).collect(Collectors.toList()));
    }

    @Test
    void shouldStoreNoMoreThanItNeedsWhenArgumentsAreFew() throws IOException {
        target.attach(program, PROBE_ID, 2, 0);
        fire("1 2");
        assertThat(program.ringBuffer().producerPosition())
            .isEqualTo(TrapRecord.ARGUMENTS_OFFSET + 2 * Long.BYTES + BpfRingBuffer.RECORD_HEADER_LENGTH);
    }

    @Test
    void shouldDeliverTheStringWhenThereIsOne() throws IOException {
        target.attach(program, PROBE_ID, 3, 1);
        fire("sjava/lang/Object 1234 12");
        assertThat(received(3, 1)).containsExactly("java/lang/Object", 1234L, 12L);
        fire("s 5 6");
        assertThat(received(3, 1)).containsExactly("", 5L, 6L);
        fire("0 5 6");
        assertThat(received(3, 1)).containsExactly("null", 5L, 6L);
    }

    @Test
    void shouldDeliverAllStringsWhenThereAreSeveral() throws IOException {
        target.attach(program, PROBE_ID, 12, STRINGS_3);
        fire("sfirst 1 2 3 4 5 6 7 s\u00e9t\u00e9 9 10 slast");
        assertThat(received(12, STRINGS_3))
            .containsExactly("first", 1L, 2L, 3L, 4L, 5L, 6L, 7L, "\u00e9t\u00e9", 9L, 10L, "last");
    }

    @Test
    void shouldDeliverTwelveStringsWhenAllArgumentsAre() throws IOException {
        target.attach(program, PROBE_ID, 12, 0xfff);
        final String text = "x".repeat(255);
        fire(IntStream.range(0, 12).mapToObj(i -> "s" + i + text.substring(2)).collect(Collectors.joining(" ")));
        assertThat(received(12, 0xfff)).isEqualTo(
            IntStream.range(0, 12).mapToObj(i -> i + text.substring(2)).collect(Collectors.toList()));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void shouldCutOnACharacterBoundaryWhenAStringIsTooLong(final int strings) throws IOException {
        target.attach(program, PROBE_ID, 2, strings);
        final String fits = "y".repeat(255);
        fire("s" + fits + " sz");
        assertThat(received(1, 1)).containsExactly(fits);
        fire("s" + fits + "y sz");
        assertThat(received(1, 1)).containsExactly(fits + "\u2026");
        fire("s" + "y".repeat(253) + "\u20ac sz");
        assertThat(received(1, 1)).containsExactly("y".repeat(253) + "\u2026");
        fire("s" + "y".repeat(252) + "\u20ac sz");
        assertThat(received(1, 1)).containsExactly("y".repeat(252) + "\u20ac");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldMarkTheStringWhenItCannotBeRead(final int count) throws IOException {
        target.attach(program, PROBE_ID, count, count == 1 ? 1 : 3);
        fire("0x10 sreadable");
        assertThat(program.ringBuffer().poll((address, length) -> {
            final TrapRecord record = new TrapRecord().wrap(address, length);
            assertThat(record.isStringFault(0)).isTrue();
            assertThat(record.isStringTruncated(0)).isFalse();
            assertThat(record.string(0)).isNull();
        }, 1)).isEqualTo(1);
        assertThat(program.stringFaults()).isEqualTo(1);
    }

    @Test
    void shouldCountBufferFullWhenNobodyReads() throws IOException {
        target.attach(program, PROBE_ID, 2, 0);
        final int room = program.ringBuffer().capacity() / 40;
        target.send("timetrap " + (room + 100));
        assertThat(program.failures(TrapFailure.BUFFER_FULL)).isEqualTo(100);
        assertThat(program.ringBuffer().poll((address, length) -> { }, Integer.MAX_VALUE)).isEqualTo(room);
        assertThat(program.failures(TrapFailure.WRONG_TARGET)).isZero();
    }

    @Test
    void shouldMoveSemaphoreWhenAttachedAndDetached() throws IOException {
        final BpfLink link = target.attach(program, PROBE_ID, 0, 0);
        assertThat(target.send("semaphores")).isEqualTo("0 1");
        link.close();
        assertThat(target.send("semaphores")).isEqualTo("0 0");
    }
}
