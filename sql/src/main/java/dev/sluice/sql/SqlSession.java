// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import com.sun.management.OperatingSystemMXBean;
import dev.sluice.cli.scratch.ScratchDirectory;
import dev.sluice.cli.scratch.ScratchPurpose;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.text.FileText;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URL;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBDriver;

/**
 * A DuckDB in memory over the events of a trace that are selected. Each tracepoint is a view, read from the trace when
 * a statement asks for it, and of its columns those that the statement needs.
 * <p>
 * What statements can reach is the trace and this process's memory: no file, no network, no extension, and none of
 * these settings can be changed by a statement. What does not fit into memory goes to a directory among the temporary
 * files.
 * For one thread.
 */
public final class SqlSession implements AutoCloseable {
    /** Less memory than this is not enough for DuckDB; bytes. */
    public static final long LEAST_MEMORY_BYTES = 64L << 20;
    private static final String OTHER_DIRECTORY = "JDK_JAVA_OPTIONS=-Djava.io.tmpdir=DIR";
    /** An address where nobody listens: the port is never given to anybody. */
    private static final String NOWHERE = "127.0.0.1:1";

    private static volatile boolean isLoaded;

    private final ScratchDirectory scratch;
    private final DuckDBConnection connection;
    private final TableScan scan = new TableScan();
    private final SqlViews views = new SqlViews(scan);

    private SqlSession(final ScratchDirectory scratch, final DuckDBConnection connection) {
        this.scratch = scratch;
        this.connection = connection;
    }

    /**
     * Opens a session.
     *
     * @param memoryBytes what DuckDB may take, beside the heap
     * @throws dev.sluice.store.query.SelectionException if the selection does not fit the trace
     * @throws SqlException if DuckDB does not start
     */
    public static SqlSession open(final TraceEvents events, final long memoryBytes) {
        final List<EventTable> tables = EventTables.of(events);
        final ScratchDirectory scratch = ScratchDirectory.make(ScratchPurpose.SQL);
        SqlSession session = null;
        try {
            requireRoomForLibrary(System.getProperty("java.io.tmpdir"));
            session = new SqlSession(scratch, connect(scratch, memoryBytes));
            isLoaded = true;
            session.define(events, tables);
            return session;
        } catch (final SQLException | IOException | RuntimeException | LinkageError e) {
            if (session != null) {
                session.close();
            }
            scratch.close();
            throw e instanceof SqlException known ? known
                : new SqlException(whyNotStarted(e), false, e);
        }
    }

    /**
     * DuckDB unpacks its library into a temporary file when its first class is loaded. Where there is no room for it
     * all, it would leave a part there, and the directory full for everybody.
     */
    private static void requireRoomForLibrary(final String directory) throws IOException {
        if (isLoaded) {
            return;
        }
        final URL library = DuckDBDriver.class.getResource("/libduckdb_java.so_linux_"
            + (System.getProperty("os.arch").equals("aarch64") ? "arm64" : System.getProperty("os.arch")));
        final long length = library == null ? 0 : library.openConnection().getContentLengthLong();
        final long room = new File(directory).getUsableSpace();
        if (room < length) {
            throw new SqlException(String.format(Locale.ROOT, "DuckDB does not start: its library takes %,d bytes in"
                + " %s, which has %,d left; make room there, or name another directory: %s", length, directory, room,
                OTHER_DIRECTORY), false, null);
        }
    }

    /** Its library is unpacked into a temporary file, and loaded from there, when its first class is. */
    private static String whyNotStarted(final Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        final String directory = System.getProperty("java.io.tmpdir");
        if (cause instanceof IOException) {
            return "DuckDB does not start: its library, of some 70 MB, cannot be unpacked into " + directory + ": "
                + FileText.of(cause) + "; make room there, or name another directory: " + OTHER_DIRECTORY;
        }
        return "DuckDB does not start: " + FileText.of(cause) + (cause instanceof UnsatisfiedLinkError
            ? "; name a directory from which code may be loaded: " + OTHER_DIRECTORY : "");
    }

    /** Results are not streamed: of a stream that fails, this driver does not tell why. */
    static DuckDBConnection connect(final ScratchDirectory scratch, final long memoryBytes)
        throws SQLException {
        final Properties settings = new Properties();
        final String directory = scratch.path().toString();
        settings.setProperty("memory_limit", memoryBytes + "B");
        settings.setProperty("temp_directory", directory);
        settings.setProperty("max_temp_directory_size", scratch.roomBytes() + "B");
        settings.setProperty("home_directory", directory);
        settings.setProperty("extension_directory", directory);
        settings.setProperty("secret_directory", directory);
        settings.setProperty("allow_persistent_secrets", "false");
        settings.setProperty("autoinstall_known_extensions", "false");
        settings.setProperty("autoload_known_extensions", "false");
        // Should it try to fetch an extension all the same, it finds nobody there.
        settings.setProperty("http_proxy", NOWHERE);
        settings.setProperty("allow_community_extensions", "false");
        return (DuckDBConnection) new DuckDBDriver().connect("jdbc:duckdb:", settings);
    }

    /** Shuts DuckDB in, for good: from now on it opens no file but those that are allowed by name already. */
    static void lock(final Statement statement) throws SQLException {
        statement.execute("SET enable_external_access = false");
        statement.execute("SET lock_configuration = true");
    }

    /** Half of the machine's memory, or of what this process may take of it; bytes. */
    public static long defaultMemoryBytes() {
        final var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return Math.max(LEAST_MEMORY_BYTES, system.getTotalMemorySize() / 2);
    }

    private void define(final TraceEvents events, final List<EventTable> tables) throws SQLException {
        scan.register(connection);
        try (Statement statement = connection.createStatement()) {
            for (final Map.Entry<String, SqlTable> table : new TraceTables(events.reader()).all().entrySet()) {
                views.add(statement, table.getKey(), table.getValue());
            }
            views.add(statement, "tracepoints", new RowTable(List.of(RowTable.text("event"), RowTable.text("view"),
                RowTable.text("provider"), RowTable.text("tracepoint"), RowTable.number("fields")),
                views::tracepoints));
            for (final EventTable table : tables) {
                views.add(statement, table);
            }
            lock(statement);
        }
    }

    /**
     * Runs a statement.
     *
     * @param statement one, as {@link SqlStatements} has them
     * @param loads     whether the tables that it names are to be copied into memory first, for further statements;
     *                  those that it names twice always are
     * @param result    takes the rows of one that has some
     * @throws SqlException if it fails
     * @throws IOException  as the result throws it
     */
    public void run(final String statement, final boolean loads, final SqlResult result) throws IOException {
        if (SqlStatements.isInstallation(statement)) {
            throw new SqlException("Permission Error: extensions are not installed here: no statement reaches the"
                + " network; 'sluice export' makes files for a DuckDB of your own", true, null);
        }
        scan.begin();
        try (PreparedStatement prepared = prepare(statement, loads)) {
            if (prepared.execute()) {
                try (ResultSet rows = prepared.getResultSet()) {
                    result.take(rows);
                }
            }
        } catch (final SQLException e) {
            throw failure(e);
        }
    }

    /** Preparing tells which tables the statement names. */
    private PreparedStatement prepare(final String statement, final boolean loads) throws SQLException {
        final PreparedStatement prepared = connection.prepareStatement(statement);
        final List<Integer> missing = views.notLoaded(scan.named());
        if (missing.isEmpty() || !loads && !scan.isAnyNamedTwice()) {
            return prepared;
        }
        prepared.close();
        try (Statement load = connection.createStatement()) {
            for (final int table : missing) {
                views.load(load, table);
            }
        }
        return connection.prepareStatement(statement);
    }

    private RuntimeException failure(final SQLException e) {
        return scan.failure() != null ? scan.failure() : SqlException.of(e);
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (final SQLException e) {
            throw SqlException.of(e);
        } finally {
            scratch.close();
        }
    }
}
