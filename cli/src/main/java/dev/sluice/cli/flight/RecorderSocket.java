// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.flight;

import dev.sluice.cli.output.CommandException;
import dev.sluice.store.os.FileCallException;
import dev.sluice.store.os.FileCalls;
import dev.sluice.store.read.TraceReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * How another process asks a recorder for something: a socket in the trace's directory, which is the recorder's user's
 * alone. A request is some lines, the first of which says what is asked for, and the end of what is sent; the answer is
 * one line. The recorder writes nothing where it is told to, and does nothing for which it needs rights.
 * <p>
 * The socket is reached through the directory's descriptor, as the path of a socket may have 107 bytes only.
 */
public final class RecorderSocket implements AutoCloseable {
    /** The answer to a request that this recorder does not know. */
    public static final String UNKNOWN = "unknown";

    private static final String NAME = "control";
    private static final long ANSWER_S = 20;
    private static final int MOST_BYTES = 16 << 10;

    /** What answers. */
    public interface Handler {
        /**
         * Answers one request; called by a thread of the socket, for one who asks at a time.
         *
         * @param lines of the request, at least one
         * @return one line, or null if there is no such request
         * @throws Exception if it could not be done: who asked learns it by the end of the connection
         */
        String answer(List<String> lines) throws Exception;
    }

    private final int directory;
    private final ServerSocketChannel server;
    private final Handler handler;

    /** Begins to answer, on a daemon thread of its own. */
    public RecorderSocket(final Path trace, final Handler handler) throws IOException {
        this.handler = handler;
        directory = open(trace);
        boolean isOpen = false;
        try {
            server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(address(directory));
            isOpen = true;
        } finally {
            if (!isOpen) {
                FileCalls.closeDescriptor(directory);
            }
        }
        final Thread thread = new Thread(this::serve, "sluice-recorder-socket");
        thread.setDaemon(true);
        thread.start();
    }

    private static int open(final Path trace) throws IOException {
        try {
            return FileCalls.open(FileCalls.NO_DIRECTORY, trace.toAbsolutePath().toString(),
                FileCalls.O_RDONLY | FileCalls.O_DIRECTORY);
        } catch (final FileCallException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static UnixDomainSocketAddress address(final int directory) {
        return UnixDomainSocketAddress.of("/proc/self/fd/" + directory + "/" + NAME);
    }

    /** Whether a directory has such a socket. */
    static boolean isIn(final Path directory) {
        return Files.exists(directory.resolve(NAME));
    }

    private void serve() {
        while (server.isOpen()) {
            try (SocketChannel client = server.accept()) {
                final List<String> lines = read(client).lines().toList();
                if (!lines.isEmpty()) {
                    final String answer = handler.answer(lines);
                    client.write(ByteBuffer.wrap((answer == null ? UNKNOWN : answer)
                        .getBytes(StandardCharsets.UTF_8)));
                }
            } catch (final IOException e) {
                // Who asked has gone; or the recording ends, and the socket is closed.
                continue;
            } catch (final Exception e) {
                // It could not be done. Who asked learns it by the end of the connection.
                continue;
            }
        }
    }

    private static String read(final SocketChannel channel) throws IOException {
        final ByteBuffer buffer = ByteBuffer.allocate(MOST_BYTES);
        while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
            continue;
        }
        return new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8).strip();
    }

    /**
     * Asks the recorder of a trace.
     *
     * @param lines of the request
     * @return its answer, {@link #UNKNOWN} if it knows no such request, and an empty text if it could not do it;
     *     nothing if there is none that answers requests
     * @throws dev.sluice.store.format.TraceStoreException if there is no such trace, or it may not be looked into
     * @throws CommandException if there is one, and it does not answer or may not be asked
     */
    public static Optional<String> ask(final Path trace, final List<String> lines) {
        final int directory;
        try {
            directory = open(trace);
        } catch (final IOException e) {
            TraceReader.requireTrace(trace);
            return Optional.empty();
        }
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            try {
                channel.connect(address(directory));
            } catch (final IOException e) {
                TraceReader.requireTrace(trace);
                requireMayAsk(trace, e);
                return Optional.empty();
            }
            final FutureTask<String> answer = new FutureTask<>(() -> {
                channel.write(ByteBuffer.wrap(String.join("\n", lines).getBytes(StandardCharsets.UTF_8)));
                channel.shutdownOutput();
                return read(channel);
            });
            final Thread asking = new Thread(answer, "sluice-recorder-ask");
            asking.setDaemon(true);
            asking.start();
            return Optional.of(answer.get(ANSWER_S, TimeUnit.SECONDS));
        } catch (final IOException e) {
            throw noAnswer(e);
        } catch (final TimeoutException e) {
            throw new CommandException("the recorder gave no answer for " + ANSWER_S + " s: it is stopped, or waits"
                + " for a disk; wait for it, or read " + trace + " itself, with 'sluice print'", e);
        } catch (final ExecutionException e) {
            throw noAnswer(e.getCause());
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException("interrupted", e);
        } finally {
            FileCalls.closeDescriptor(directory);
        }
    }

    /** A socket that nobody listens to is one of a recorder that was killed. */
    private static void requireMayAsk(final Path trace, final IOException refused) {
        final Path socket = trace.resolve(NAME);
        if (Files.exists(socket) && !Files.isWritable(socket)) {
            throw new CommandException("the recorder of " + trace + " may not be asked: permission denied; run sluice"
                + " as the user to whom the trace belongs", refused);
        }
    }

    private static CommandException noAnswer(final Throwable why) {
        return new CommandException("the recorder gave no answer: " + why.getMessage()
            + "; if it has ended meanwhile, try again", why);
    }

    @Override
    public void close() {
        try {
            server.close();
            FileCalls.remove(directory, NAME, false);
        } catch (final IOException | FileCallException e) {
            // A socket that nobody listens to is in nobody's way.
            return;
        } finally {
            FileCalls.closeDescriptor(directory);
        }
    }
}
