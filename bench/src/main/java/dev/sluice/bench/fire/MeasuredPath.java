// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.fire;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a measured JVM is told by properties: which way it takes, and where it leaves its account. */
public final class MeasuredPath {
    /** Property: the name of the class. */
    private static final String PATH = "sluice.bench.path";
    /** Property: the argument of its constructor; none if it is not set. */
    private static final String ARGUMENT = "sluice.bench.path.argument";
    /** Property: the file of the {@link Account}. */
    private static final String ACCOUNT = "sluice.bench.account";
    /** Property: a directory for the way's files. */
    private static final String DIRECTORY = "sluice.bench.directory";

    private MeasuredPath() {
    }

    /**
     * Flags of such a JVM.
     *
     * @param path      the way
     * @param argument  of its constructor; empty for none
     * @param account   the file of the {@link Account}
     * @param directory for the way's files
     */
    public static List<String> properties(final Class<? extends FirePath> path, final String argument,
                                          final Path account, final Path directory) {
        final List<String> properties = new ArrayList<>(List.of("-D" + PATH + "=" + path.getName(),
            "-D" + ACCOUNT + "=" + account, "-D" + DIRECTORY + "=" + directory));
        if (!argument.isEmpty()) {
            properties.add("-D" + ARGUMENT + "=" + argument);
        }
        return properties;
    }

    /** Makes the way, which is not open yet. */
    public static FirePath create() {
        try {
            final Class<?> type = Class.forName(System.getProperty(PATH));
            final String argument = System.getProperty(ARGUMENT);
            return (FirePath) (argument == null ? type.getConstructor().newInstance()
                : type.getConstructor(String.class).newInstance(argument));
        } catch (final ReflectiveOperationException e) {
            throw failed(e.getCause() == null ? e : e.getCause());
        }
    }

    /** Opens it in the directory that is for it. */
    public static void open(final FirePath path) {
        try {
            path.open(Path.of(System.getProperty(DIRECTORY)));
        } catch (final IOException | InterruptedException | RuntimeException | LinkageError e) {
            throw failed(e);
        }
    }

    /** Leaves the account. */
    public static void write(final Account account) throws IOException {
        account.write(Path.of(System.getProperty(ACCOUNT)));
    }

    /** Leaves the account of a failure; returns what ends the JVM. */
    public static IllegalStateException failed(final Throwable cause) {
        try {
            write(Account.failed(cause.toString()));
        } catch (final IOException e) {
            cause.addSuppressed(e);
        }
        return new IllegalStateException(cause);
    }
}
