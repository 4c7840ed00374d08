// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.control.Command;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.where.EventTest;
import dev.sluice.target.filter.FilterPoint;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.UnsafeApi;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A command that fails in any way is answered: else the control thread would fail at it in every turn, for ever. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CommandFailureTest {
    /** No two tests may have the same id: the control thread keeps each one's word for ever. */
    private static final AtomicInteger NEXT_ID = new AtomicInteger(60_000);
    private static final List<FieldSchema> FIELDS = List.of(new FieldSchema("a", FieldType.INT64));

    /** A tracepoint for which no code can be made while there is an error. */
    private static final class Failing implements FilterPoint {
        private volatile Throwable error;
        private volatile boolean isFailingEarly;

        @Override
        public List<FieldSchema> fields() {
            if (isFailingEarly) {
                fail();
            }
            return FIELDS;
        }

        @Override
        public void filter(final EventTest test) {
            fail();
        }

        private void fail() {
            if (error instanceof Error e) {
                throw e;
            }
            if (error instanceof RuntimeException e) {
                throw e;
            }
        }
    }

    private static Throwable error(final String name) {
        return switch (name) {
            case "code" -> new NoClassDefFoundError("of the JDK");
            case "stack" -> new StackOverflowError();
            case "memory" -> new OutOfMemoryError("Metaspace");
            case "assertion" -> new AssertionError("a bug");
            default -> new IllegalStateException("a bug");
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"code", "stack", "memory", "assertion", "state"})
    void shouldAnswerFailedAndGoOnWhenCodeCannotBeMade(final String name) {
        final Failing point = new Failing();
        final String event = "failing_" + name + ":one";
        // Its bits outlive the test, as the control thread writes them for ever.
        final long word = UnsafeApi.allocateMemory(Long.BYTES);
        Memory.putLong(word, 0);
        final LocalTarget target = LocalTarget.start();
        target.control(List.of(new EnableWord(event, NEXT_ID.getAndIncrement(), word, point)));
        try (LocalSession session = LocalSession.enable(event)) {
            point.error = error(name);
            final Command.Answer selected = session.select(event + "[a == 1]");
            assertThat(selected.result()).isEqualTo(Command.Result.FAILED);
            assertThat(selected.message()).startsWith("the filter's code cannot be made: ");
            point.isFailingEarly = true;
            final Command.Answer checked = session.check(event + "[a == 1]");
            assertThat(checked.result()).isEqualTo(Command.Result.FAILED);
            assertThat(checked.message()).startsWith("cannot be checked: ");
            point.isFailingEarly = false;
            point.error = null;
            // The session is what it was, and takes what can be done.
            assertThat(Memory.getShort(word + Short.BYTES)).isEqualTo((short) EnableWord.RING_ON);
            assertThat(session.check(event + "[a == 1]").result()).isEqualTo(Command.Result.OK);
            assertThat(session.select(event + "[a == 1]").result()).isEqualTo(Command.Result.OK);
            assertThat(Memory.getShort(word + Short.BYTES))
                .isEqualTo((short) (EnableWord.RING_ON | EnableWord.FILTERED));
        }
    }
}
