// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.table;

import dev.sluice.store.read.TraceEvents;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes a format of tables by a library that this module does not carry. A module that does offers one as a service,
 * and exports find it by {@link java.util.ServiceLoader}. For one thread.
 */
public interface TableWriter {
    /** Names of the columns of the table of missing events; the values are Long or String, or null. */
    List<String> LOSS_COLUMNS = List.of("time_ns", "pid", "tid", "thread", "stream", "ring", "missing", "lost",
        "overwritten", "discarded", "cause");

    /** The format's name, as the command's option has it. */
    String format();

    /**
     * Writes a file for each tracepoint that has events, and one of what is missing.
     *
     * @param events  the events to write
     * @param present names of the tracepoints that have any
     * @param losses  rows of {@link #LOSS_COLUMNS}
     * @param files   makes the files
     * @throws IOException if a file cannot be written
     */
    void write(TraceEvents events, List<String> present, List<Object[]> losses, Files files) throws IOException;

    /** The files of an export. */
    interface Files {
        /**
         * Makes a file, which is there and empty, for this user alone.
         *
         * @param name   letters, digits, - and _ stay as they are
         * @param ending with a dot
         * @return where to write it; it gets its name when all files are whole
         */
        Path file(String name, String ending) throws IOException;

        /**
         * Asks whether to go on; to be called now and then.
         *
         * @throws dev.sluice.store.format.TraceStoreException if the export was ended
         */
        void goOn();
    }
}
