// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.record;

import dev.sluice.bpf.libbpf.BpfException;
import dev.sluice.cli.flight.RecorderSocket;
import dev.sluice.cli.output.CommandException;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.ring.where.EventChoice;
import dev.sluice.store.format.TraceStoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Requests to a recorder for other events, {@code sluice control}. Other threads bring them; the recorder's thread
 * carries them out, as it alone gives commands.
 */
final class Reselection implements AutoCloseable {
    private static final String REQUEST = "select";
    private static final String DONE = "done ";
    private static final String REFUSED = "refused ";
    private static final long WAIT_S = 15;
    /** What is said where no tracepoint fits. */
    static final String NOTHING = "nothing is called so yet, and nothing is recorded until a program declares it;"
        + " 'sluice list' shows what is there";

    private final RecorderSocket socket;
    private final Queue<Request> requests = new ConcurrentLinkedQueue<>();

    private record Request(List<EventChoice> choices, CompletableFuture<String> answer) {
    }

    /**
     * Begins to take requests.
     *
     * @param trace of the recording, by a path that this process can use now
     * @param other answers requests for anything else
     * @throws IOException if requests cannot be taken
     */
    Reselection(final Path trace, final RecorderSocket.Handler other) throws IOException {
        socket = new RecorderSocket(trace,
            lines -> lines.get(0).equals(REQUEST) ? answer(lines) : other.answer(lines));
    }

    /** Has the recorder's thread carry out a request, and waits for its answer. */
    private String answer(final List<String> lines) throws Exception {
        final List<EventChoice> choices = new ArrayList<>();
        try {
            lines.stream().skip(1).forEach(line -> choices.add(EventChoice.of(line)));
        } catch (final IllegalArgumentException e) {
            return REFUSED + e.getMessage();
        }
        if (choices.isEmpty()) {
            return REFUSED + "no events are named";
        }
        final Request request = new Request(choices, new CompletableFuture<>());
        requests.add(request);
        return request.answer.get(WAIT_S, TimeUnit.SECONDS);
    }

    /**
     * Carries out what was asked for. To be called some times a second, by the recorder's thread.
     *
     * @param say        takes a line for each request that was carried out
     * @param onSelected is told what is selected from then on
     */
    void poll(final Recorder recorder, final Consumer<String> say, final Consumer<List<EventChoice>> onSelected) {
        for (Request next = requests.poll(); next != null; next = requests.poll()) {
            try {
                final int count = recorder.select(next.choices);
                say.accept("records other events from now on: " + String.join(" ", EventChoice.texts(next.choices))
                    + (count == 0 ? "; " + NOTHING : ""));
                onSelected.accept(next.choices);
                next.answer.complete(DONE + count);
            } catch (final AttachException | TraceStoreException | BpfException e) {
                next.answer.complete(REFUSED + e.getMessage());
            }
        }
    }

    /** Takes no more requests, and refuses those that nobody carries out any more. */
    @Override
    public void close() {
        socket.close();
        for (Request next = requests.poll(); next != null; next = requests.poll()) {
            next.answer.complete(REFUSED + "the recording has ended");
        }
    }

    /**
     * Asks the recorder of a trace for other events.
     *
     * @return the number of tracepoints that are selected now
     * @throws CommandException if it refuses, or there is none
     */
    static int ask(final Path trace, final List<String> choices) {
        final List<String> lines = new ArrayList<>(List.of(REQUEST));
        lines.addAll(choices);
        final String answer = RecorderSocket.ask(trace, lines).orElseThrow(() -> new CommandException("nobody records"
            + " into " + trace + " now: give the directory of a recording that goes on, or a process by -p"));
        if (answer.startsWith(REFUSED)) {
            throw new CommandException(answer.substring(REFUSED.length()));
        }
        if (!answer.matches(DONE + "\\d{1,9}")) {
            throw new CommandException("the recorder of " + trace + " did not select other events: it has ended"
                + " meanwhile, or is older than this command");
        }
        return Integer.parseInt(answer.substring(DONE.length()));
    }
}
