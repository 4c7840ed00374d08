// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.probe;

import static dev.sluice.trace.Field.bool;
import static dev.sluice.trace.Field.enumeration;
import static dev.sluice.trace.Field.float32;
import static dev.sluice.trace.Field.float64;
import static dev.sluice.trace.Field.int16;
import static dev.sluice.trace.Field.int32;
import static dev.sluice.trace.Field.int64;
import static dev.sluice.trace.Field.int8;
import static dev.sluice.trace.Field.string;
import static dev.sluice.trace.Field.uint16;
import static dev.sluice.trace.Field.uint32;
import static dev.sluice.trace.Field.uint64;
import static dev.sluice.trace.Field.uint8;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;

/**
 * A traced JVM that fires what its input says and answers each line with how many events went to the ring: "wide N",
 * "small N" (ids from 0), "declare N" (a tracepoint more), "late N" (fires that), "quit".
 */
final class WideProgram {
    private WideProgram() {
    }

    public static void main(final String[] arguments) throws IOException {
        final Provider first = Provider.named("wide");
        final Tracepoint all = first.tracepoint("all", int8("a"), uint8("b"), int16("c"), uint16("d"), int32("e"),
            uint32("f"), int64("g"), uint64("h"), float64("price"), string("symbol"), bool("buy"),
            enumeration("kind", "LIMIT", "MARKET"));
        final Tracepoint small = first.tracepoint("small", int64("id"), int32("negative"));
        final Provider second = Provider.named("narrow");
        final Tracepoint other = second.tracepoint("small", int64("id"), float32("ratio"));
        first.load();
        second.load();
        System.out.println("ready");
        final BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null && !line.equals("quit"); line = in.readLine()) {
            final String[] words = line.split(" ");
            final long value = Long.parseLong(words[1]);
            long fired = 0;
            if (words[0].equals("wide")) {
                fired += all.event().put(value).put(value).put(value).put(value).put(value).put(value).put(value)
                    .put(value).put(value / 4.0).put("symbol-\u20ac-" + value).put(true).put(1).fire() ? 1 : 0;
            } else if (words[0].equals("declare")) {
                first.tracepoint("late" + value, int64("id"));
                first.load();
            } else if (words[0].equals("late")) {
                fired += first.find("late" + value).fire(value) ? 1 : 0;
            } else {
                for (long id = 0; id < value; id++) {
                    fired += small.fire(id, -id) ? 1 : 0;
                    fired += other.event().put(id).put(0.5).fire() ? 1 : 0;
                }
            }
            System.out.println(fired);
        }
    }
}
