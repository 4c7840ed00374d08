// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.turn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.measure.FireTimes;
import dev.sluice.bench.measure.HardwareCounts;
import dev.sluice.bench.measure.ProcessorTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * Finished rounds of a run that goes on when it is started again, in a file of lines: the first one says of which run
 * they are, each further one is a round. A round that had not ended is not there, nor a line that was cut off. For one
 * thread, but for {@link #end()}.
 */
public final class KeptRounds implements AutoCloseable {
    /** Its name in the directory. */
    public static final String FILE = "rounds.jsonl";
    /** Facts of a plan that the rounds are compared with by themselves. */
    public static final String PATHS = "paths";
    public static final String ROUNDS = "rounds";
    private static final String PLAN = "plan";
    private static final String SEED = "seed";
    private static final String TURNS = "turns";
    private static final String FIRING = "firing";
    private static final String OTHER = "other";
    private static final String COUNTS = "counts";
    private static final String ALLOCATED = "allocated";
    private static final String FIRES = "fires";
    private static final String STORED_BYTES = "stored_bytes";
    private static final String STORED_PLACE = "stored_place";
    private static final ObjectMapper JSON = new ObjectMapper();
    /** How long a round with a failure waits whether the whole run is being ended, which is then its reason. */
    private static final long DOUBT_MS = 500;

    private final Path file;
    private final FileChannel channel;
    private final long seed;
    private final List<Map<String, Turn>> rounds;
    private volatile boolean isEnding;

    private KeptRounds(final Path file, final FileChannel channel, final long seed,
                       final List<Map<String, Turn>> rounds) {
        this.file = file;
        this.channel = channel;
        this.seed = seed;
        this.rounds = rounds;
    }

    /** Keeps nothing. */
    public static KeptRounds nowhere(final long seed) {
        return new KeptRounds(null, null, seed, new ArrayList<>());
    }

    /**
     * Opens the file of a directory, or begins one.
     *
     * @param plan      what two parts of one run have in common, by names for people
     * @param seed      of the order; null for that of the rounds that are there, or else any
     * @throws IllegalStateException if the rounds that are there are of another run, or one that runs now; the message
     *     says what differs
     * @throws IOException if the file cannot be read or written
     */
    public static KeptRounds in(final Path directory, final Map<String, String> plan, final Long seed)
        throws IOException {
        final Path file = directory.resolve(FILE);
        final FileChannel channel = open(file);
        try {
            if (!isLocked(channel)) {
                throw new IllegalStateException(directory + " belongs to a run that has not ended yet: name another"
                    + " directory");
            }
            final String text = read(channel);
            // What stands behind the last line's end was cut off when the run was killed.
            final int end = text.lastIndexOf('\n') + 1;
            channel.truncate(text.substring(0, end).getBytes(StandardCharsets.UTF_8).length);
            channel.position(channel.size());
            return end == 0 ? begin(file, channel, plan, seed == null ? System.nanoTime() : seed)
                : resume(file, channel, plan, seed, text.substring(0, end).lines().toList());
        } catch (final IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static FileChannel open(final Path file) throws IOException {
        try {
            return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        } catch (final FileSystemException e) {
            throw new IllegalStateException(file + " cannot be read and written (" + e
                + "): name another directory, or remove that file", e);
        }
    }

    /** Another channel of this process would let the lock go when it is closed. */
    private static String read(final FileChannel channel) throws IOException {
        final ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(channel.size()));
        int got = 0;
        while (bytes.hasRemaining() && got >= 0) {
            got = channel.read(bytes);
        }
        return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    }

    private static boolean isLocked(final FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (final OverlappingFileLockException e) {
            return false;
        }
    }

    private static KeptRounds begin(final Path file, final FileChannel channel, final Map<String, String> plan,
                                    final long seed) throws IOException {
        final KeptRounds kept = new KeptRounds(file, channel, seed, new ArrayList<>());
        final ObjectNode first = JSON.createObjectNode().put(SEED, seed);
        plan.forEach(first.putObject(PLAN)::put);
        kept.append(first);
        return kept;
    }

    private static KeptRounds resume(final Path file, final FileChannel channel, final Map<String, String> plan,
                                     final Long seed, final List<String> lines) {
        final List<Map<String, Turn>> rounds = new ArrayList<>();
        final JsonNode first;
        try {
            first = JSON.readTree(lines.get(0));
            for (final String line : lines.subList(1, lines.size())) {
                rounds.add(turns(JSON.readTree(line).path(TURNS)));
            }
        } catch (final IOException | RuntimeException e) {
            throw new IllegalStateException(file + " has no rounds of 'sluice bench' (" + e.getMessage()
                + "): remove it, or name another directory", e);
        }
        for (final Map.Entry<String, String> fact : plan.entrySet()) {
            requireSame(file, fact.getKey(), first.path(PLAN).path(fact.getKey()).asText(), fact.getValue());
        }
        final long kept = first.path(SEED).asLong();
        if (seed != null) {
            requireSame(file, SEED, Long.toString(kept), seed.toString());
        }
        requireThatTheyFit(file, plan, rounds);
        return new KeptRounds(file, channel, kept, rounds);
    }

    /** What the plan says of each round, and of their number. */
    private static void requireThatTheyFit(final Path file, final Map<String, String> plan,
                                           final List<Map<String, Turn>> rounds) {
        final String paths = plan.get(PATHS);
        if (paths != null) {
            for (final Map<String, Turn> turns : rounds) {
                requireSame(file, "a round's " + PATHS, String.join(",", new TreeSet<>(turns.keySet())),
                    String.join(",", new TreeSet<>(List.of(paths.split(",")))));
            }
        }
        final String wanted = plan.get(ROUNDS);
        if (wanted != null && rounds.size() > Integer.parseInt(wanted)) {
            throw new IllegalStateException(file + " has " + rounds.size() + " rounds, more than the " + wanted
                + " that are asked for: remove it, or name another directory");
        }
    }

    private static Map<String, Turn> turns(final JsonNode node) {
        if (!node.isObject() || node.isEmpty()) {
            throw new IllegalStateException("a round has no turns");
        }
        final Map<String, Turn> turns = new LinkedHashMap<>();
        node.properties().forEach(turn -> turns.put(turn.getKey(), turn(turn.getValue())));
        return turns;
    }

    private static void requireSame(final Path file, final String fact, final String before, final String now) {
        if (!before.equals(now)) {
            throw new IllegalStateException(file + " has rounds of another run, with which these cannot be put"
                + " together: " + fact + " was '" + before + "' and is '" + now + "'; name another directory, or remove"
                + " that file to begin anew");
        }
    }

    /** Seed of the order. */
    public long seed() {
        return seed;
    }

    /** Those that are finished. */
    public List<Map<String, Turn>> rounds() {
        return List.copyOf(rounds);
    }

    /**
     * Keeps a round.
     *
     * @throws InterruptedException if the run is being ended, and the round therefore worth nothing
     */
    public void add(final Map<String, Turn> turns) throws IOException, InterruptedException {
        if (file != null && turns.values().stream().anyMatch(Turn::hasFailed)) {
            // Ctrl-C reaches the measured process as well, perhaps before this one.
            TimeUnit.MILLISECONDS.sleep(DOUBT_MS);
        }
        synchronized (this) {
            if (isEnding) {
                throw new InterruptedException("the run is being ended");
            }
            if (file != null) {
                final ObjectNode line = JSON.createObjectNode();
                final ObjectNode all = line.putObject(TURNS);
                turns.forEach((name, turn) -> all.set(name, node(turn)));
                append(line);
            }
            rounds.add(turns);
        }
    }

    private void append(final ObjectNode line) throws IOException {
        final String text = JSON.writeValueAsString(line) + "\n";
        final ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        channel.force(false);
    }

    private static ObjectNode node(final Turn turn) {
        final ObjectNode node = JSON.createObjectNode();
        if (turn.hasFailed()) {
            return node.put("failure", turn.failure());
        }
        turn.ns().forEach(node.putArray("ns")::add);
        if (!Double.isNaN(turn.bytes())) {
            node.put("bytes", turn.bytes());
        }
        if (!Double.isNaN(turn.spent().firing())) {
            node.put(FIRING, turn.spent().firing()).put(OTHER, turn.spent().other());
        }
        final HardwareCounts counts = turn.spent().counts();
        if (counts.isKnown()) {
            node.putArray(COUNTS).add(counts.instructions()).add(counts.cycles()).add(counts.cacheMisses());
        }
        if (!Double.isNaN(turn.spent().allocated())) {
            node.put(ALLOCATED, turn.spent().allocated());
        }
        if (!turn.times().isNone()) {
            node.put(FIRES, turn.times().text());
        }
        return node.put("fired", turn.fired()).put("stored", turn.stored().events())
            .put("counted", turn.stored().means()).put("traps", turn.stored().traps())
            .put(STORED_BYTES, turn.stored().bytes()).put(STORED_PLACE, turn.stored().place().text());
    }

    private static Turn turn(final JsonNode node) {
        if (node.has("failure")) {
            return Turn.failed(node.get("failure").asText());
        }
        final List<Double> ns = new ArrayList<>();
        node.get("ns").forEach(value -> ns.add(value.asDouble()));
        if (ns.isEmpty()) {
            throw new IllegalStateException("a turn that has not failed has no iteration");
        }
        return new Turn(ns, node.path("bytes").asDouble(Double.NaN), node.get("fired").asLong(),
            new Stored(node.get("stored").asLong(), node.get("counted").asText(),
                node.path("traps").asLong(Stored.NOTHING), node.path(STORED_BYTES).asLong(),
                Stored.Place.of(node.path(STORED_PLACE).asText(Stored.Place.NOWHERE.text()))),
            new ProcessorTime.PerEvent(node.path(FIRING).asDouble(Double.NaN), node.path(OTHER).asDouble(Double.NaN),
                counts(node.path(COUNTS)), node.path(ALLOCATED).asDouble(Double.NaN)),
            node.has(FIRES) ? FireTimes.parse(node.get(FIRES).asText()) : FireTimes.NONE, "");
    }

    private static HardwareCounts counts(final JsonNode node) {
        return new HardwareCounts(node.path(0).asDouble(Double.NaN), node.path(1).asDouble(Double.NaN),
            node.path(2).asDouble(Double.NaN));
    }

    /** The process is about to end: nothing is kept any more. Returns how many rounds are. Any thread may call. */
    public synchronized int end() {
        isEnding = true;
        return rounds.size();
    }

    /** All rounds are in the results: the file is removed, so that the next run begins anew. */
    public void done() throws IOException {
        if (file != null) {
            Files.delete(file);
        }
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }
}
