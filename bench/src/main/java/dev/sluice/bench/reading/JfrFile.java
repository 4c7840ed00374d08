// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.reading;

import dev.sluice.bench.measure.MeasuringJvm;
import dev.sluice.bench.measure.Tool;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Event;
import jdk.jfr.Name;
import jdk.jfr.Recording;
import jdk.jfr.StackTrace;

/** A file of Flight Recorder's with events of two longs, made by the JDK's own recording in a JVM of its own. */
public final class JfrFile {
    private static final String EVENT = "sluice.bench.Pair";
    private static final int PATIENCE_S = 300;
    /** So many at once, and then time for the recorder's thread, which empties the buffers; it loses events else. */
    private static final int BURST = 20_000;
    private static final long PAUSE_MS = 5;

    private JfrFile() {
    }

    /** The event. */
    @Name(EVENT)
    @StackTrace(false)
    static final class Pair extends Event {
        private long a;
        private long b;
    }

    /** The command of this JDK that prints such files. */
    public static String command() {
        return Path.of(System.getProperty("java.home"), "bin", "jfr").toString();
    }

    /**
     * Makes a file.
     *
     * @return how many events {@code jfr summary} finds in it: as many as were asked for, unless JFR lost some
     */
    public static long make(final Path file, final long events) throws IOException, InterruptedException {
        if (MeasuringJvm.run(List.of(), JfrFile.class, PATIENCE_S, file.toString(), Long.toString(events)).isEmpty()) {
            throw new IOException("no file of Flight Recorder was made");
        }
        final String summary = Tool.run(PATIENCE_S, List.of(command(), "summary", file.toString()));
        return summary.lines().map(line -> line.strip().split(" +")).filter(words -> words[0].equals(EVENT))
            .mapToLong(words -> Long.parseLong(words[1])).sum();
    }

    /** Arguments: the file, and how many events. */
    public static void main(final String[] arguments) throws IOException, InterruptedException {
        final long events = Long.parseLong(arguments[1]);
        try (Recording recording = new Recording()) {
            recording.enable(EVENT);
            recording.setDestination(Path.of(arguments[0]));
            recording.start();
            for (long i = 0; i < events; i++) {
                final Pair event = new Pair();
                event.a = i;
                event.b = i * 31 & 0xF_FFFF;
                event.commit();
                if (i % BURST == 0) {
                    TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
                }
            }
            recording.stop();
        }
        System.out.println(events);
    }
}
