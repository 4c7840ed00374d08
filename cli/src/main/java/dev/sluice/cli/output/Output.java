// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.output;

import dev.sluice.os.Descriptors;
import java.io.BufferedWriter;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Standard output of a command, in UTF-8 whatever the locale. A write failure is remembered, and {@link #finish()}
 * reports it. For one thread.
 */
public final class Output extends PrintWriter {
    private static final int BUFFER_LENGTH = 1 << 16;

    private final Sink sink;
    private final Writer checked;

    /** Remembers the first failure. */
    private static final class Sink extends FilterOutputStream {
        private IOException failure;

        Sink(final OutputStream to) {
            super(to);
        }

        @Override
        public void write(final int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(final byte[] bytes, final int offset, final int length) throws IOException {
            try {
                out.write(bytes, offset, length);
            } catch (final IOException e) {
                failure = failure == null ? e : failure;
                throw e;
            }
        }
    }

    private Output(final Sink sink, final Writer checked) {
        super(checked);
        this.sink = sink;
        this.checked = checked;
    }

    /** An output that writes to a stream, which stays open. */
    public static Output to(final OutputStream stream) {
        final Sink sink = new Sink(stream);
        return new Output(sink, new BufferedWriter(new OutputStreamWriter(sink, StandardCharsets.UTF_8),
            BUFFER_LENGTH));
    }

    /** The one of a command. */
    public static Output of(final CommandSpec command) {
        return (Output) command.commandLine().getOut();
    }

    /** This output as a writer for much text, which throws as soon as something cannot be written. */
    public Writer checked() {
        return checked;
    }

    /**
     * The same output, for much text that is UTF-8 already. The stream throws as soon as something cannot be written.
     * Text that the other methods have written comes before it.
     */
    public OutputStream bytes() {
        flush();
        return sink;
    }

    /** Whether nobody reads the output any more. Then a command that still runs should end. */
    public boolean isAbandoned() {
        return Descriptors.isAbandoned(Descriptors.STANDARD_OUTPUT);
    }

    /**
     * Writes what is left.
     *
     * @throws CommandException if not everything could be written, unless the reader has closed the pipe because it has
     *     read enough, such as {@code head}
     */
    public void finish() {
        flush();
        if (sink.failure != null && !isAbandoned()) {
            throw new CommandException("writing to standard output failed: " + sink.failure.getMessage(),
                sink.failure);
        }
    }
}
