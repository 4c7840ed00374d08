// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.table;

import dev.sluice.store.read.EventView;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * Writes a format of tables by a library that this module does not carry. A module that does offers one as a service,
 * and each export finds a new one by {@link java.util.ServiceLoader}. {@link #begin} is called first, then
 * {@link #event} and {@link #loss} in the order of time, and {@link #end} last, unless a call fails. For one thread.
 */
public interface TableWriter {
    /** Names of the columns of the table of missing events. */
    List<String> LOSS_COLUMNS = List.of("time_ns", "pid", "tid", "thread", "stream", "ring", "missing", "lost",
        "overwritten", "discarded", "cause");
    /** Those of them whose values are String; the others' are Long. */
    List<String> LOSS_TEXTS = List.of("thread", "stream", "cause");

    /** The format's name, as the command's option has it. */
    String format();

    /**
     * The first call.
     *
     * @param files makes the files
     * @throws IOException if a file cannot be written, like all calls
     */
    void begin(Files files) throws IOException;

    /**
     * Writes an event.
     *
     * @param event always the same flyweight, valid only during the call
     */
    void event(EventView event) throws IOException;

    /**
     * Writes that events are missing.
     *
     * @param row values of {@link #LOSS_COLUMNS}; those that are not known are null
     */
    void loss(Object[] row) throws IOException;

    /** The last call. The files are closed after it. */
    void end() throws IOException;

    /** The files of an export. */
    @FunctionalInterface
    interface Files {
        /**
         * Makes a file, which is for this user alone and gets its name when all files are whole.
         *
         * @param name   letters, digits, - and _ stay as they are
         * @param ending with a dot
         * @return a stream for writes of any size, which the export closes
         */
        OutputStream file(String name, String ending) throws IOException;
    }
}
