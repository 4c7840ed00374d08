// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static dev.sluice.trace.Field.int64;
import static dev.sluice.trace.Field.string;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.memory.Memory;
import dev.sluice.testsupport.ChildProgram;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The first hit of a probe finds linked what it calls: a tracer says to nobody that it attaches. */
@Timeout(400)
class FirstTrapTest {
    private static final String BEGIN = "begin";
    private static final String END = "end";

    @TempDir
    private Path directory;

    @Test
    void shouldLoadNothingInTheFirstHitsOfProbes() throws Exception {
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.add("-Xlog:class+load:stdout");
        try (ChildProgram child = ChildProgram.startJava(directory, flags, System.getProperty("java.class.path"),
            List.of(Hits.class.getName()))) {
            assertThat(child.awaitExit()).as(child.toString()).isZero();
            final List<String> lines = child.output().lines().toList();
            assertThat(lines).contains(BEGIN, END);
            assertThat(lines.subList(lines.indexOf(BEGIN), lines.indexOf(END)))
                .noneMatch(line -> line.contains("LambdaForm") || line.contains(" dev.sluice."));
        }
    }

    /** A process whose probes have a tracer, as far as it can tell. */
    static final class Hits {
        private Hits() {
        }

        @TraceProvider("first_hits_typed")
        interface Typed {
            void numbers(int a, double b, long c);

            void text(long a, String b, byte[] c);
        }

        public static void main(final String[] arguments) {
            final Provider provider = Provider.named("first_hits");
            final Tracepoint none = provider.tracepoint("none");
            final Tracepoint two = provider.tracepoint("two", int64("a"), int64("b"));
            final Tracepoint text = provider.tracepoint("text", string("a"), int64("b"));
            final Tracepoint mixed = provider.tracepoint("mixed", int64("a"), string("b"), string("c"));
            provider.load();
            final Typed typed = Sluice.provider(Typed.class);
            // What the program itself needs for its calls is not what is asked here.
            fire(none, two, text, mixed, typed);
            for (final Provider each : Provider.all()) {
                for (final Tracepoint point : each.tracepoints()) {
                    assertThat(point.stub()).isNotZero();
                    Memory.putInt(point.wordAddress(), 1);
                }
            }
            System.out.println(BEGIN);
            fire(none, two, text, mixed, typed);
            System.out.println(END);
        }

        private static void fire(final Tracepoint none, final Tracepoint two, final Tracepoint text,
            final Tracepoint mixed, final Typed typed) {
            none.fire();
            two.fire(1, 2);
            text.fire("a", 2);
            mixed.event().put(1).put("b").put("c").fire();
            typed.numbers(1, 2, 3);
            typed.text(1, "b", new byte[1]);
        }
    }
}
