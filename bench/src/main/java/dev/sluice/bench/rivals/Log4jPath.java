// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.rivals;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.fire.Tally;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.Logger;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.async.AsyncLoggerContext;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.builder.api.ConfigurationBuilder;
import org.apache.logging.log4j.core.config.builder.api.ConfigurationBuilderFactory;
import org.apache.logging.log4j.core.config.builder.impl.BuiltConfiguration;
import org.apache.logging.log4j.util.Unbox;

/**
 * A line of Log4j 2's asynchronous logger for each event, without garbage, written into a file by its own thread;
 * afterwards each line is read back.
 */
public final class Log4jPath implements FirePath {
    /** Flags of its JVM: all loggers asynchronous, and whoever finds the queue full waits. */
    public static final String[] FLAGS = {
        "-Dlog4j2.contextSelector=org.apache.logging.log4j.core.async.AsyncLoggerContextSelector",
        "-Dlog4j2.asyncQueueFullPolicy=Default"};

    private static final long TIMEOUT_S = 60;

    private LoggerContext context;
    private Logger logger;
    private Path file;

    @Override
    public void open(final Path directory) {
        file = directory.resolve("events.log");
        final ConfigurationBuilder<BuiltConfiguration> builder =
            ConfigurationBuilderFactory.newConfigurationBuilder();
        builder.setStatusLevel(Level.ERROR);
        builder.add(builder.newAppender("file", "RandomAccessFile").addAttribute("fileName", file.toString())
            .addAttribute("immediateFlush", false)
            .add(builder.newLayout("PatternLayout").addAttribute("pattern", "%nano %m%n")));
        builder.add(builder.newRootLogger(Level.INFO).add(builder.newAppenderRef("file")));
        context = Configurator.initialize(builder.build());
        logger = context.getLogger("bench");
        if (!(context instanceof AsyncLoggerContext)) {
            throw new IllegalStateException("the loggers are not asynchronous: " + context);
        }
    }

    @Override
    public long fire(final long a, final long b) {
        logger.info("{} {}", Unbox.box(a), Unbox.box(b));
        return a + b;
    }

    @Override
    public Stored finish(final long fired) throws IOException {
        if (!context.stop(TIMEOUT_S, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the logger does not write everything");
        }
        final Tally tally = new Tally();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                final int first = line.indexOf(' ');
                final int second = line.indexOf(' ', first + 1);
                tally.add(Long.parseLong(line, first + 1, second, 10),
                    Long.parseLong(line, second + 1, line.length(), 10));
            }
        }
        return tally.stored(fired, "lines read from its file").onDisk(file);
    }
}
