// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.fire.Tally;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.read.TraceReader;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Into the ring, and from there into a trace that another process stores, under a policy under which events may be
 * missing: each that is must be in the trace's account. For one thread that fires.
 */
public final class AccountedPath implements FirePath {
    private final String source;
    private final FullPolicy policy;
    private Path trace;
    private RecorderProcess recorder;

    /** A name of {@link dev.sluice.consumer.record.EventPath}, a blank, and a name of {@link FullPolicy}. */
    public AccountedPath(final String how) {
        final String[] words = how.split(" ");
        source = words[0];
        policy = FullPolicy.valueOf(words[1]);
    }

    @Override
    public void open(final Path directory) throws IOException, InterruptedException {
        OurEvent.PROVIDER.load();
        trace = RecorderProcess.trace(directory);
        recorder = new RecorderProcess(source, policy, directory);
    }

    @Override
    public long fire(final long a, final long b) {
        return OurEvent.TWO.fire(a, b) ? a : a + b;
    }

    @Override
    public Stored finish(final long fired) throws IOException, InterruptedException {
        recorder.finish();
        final TraceReader reader = TraceReader.open(trace);
        final EventCursor cursor = reader.events().cursor();
        final Tally tally = new Tally();
        long last = -1;
        while (cursor.next()) {
            final long number = cursor.event().getLong(1);
            if (number <= last) {
                throw new IllegalStateException("an event is twice in the trace, or before an earlier one: number="
                    + number + " behind=" + last);
            }
            last = number;
            tally.add(cursor.event().getLong(0), number);
        }
        final TraceAccount account = new TraceAccount(reader.targets(), cursor, reader.damageCount() > 0,
            !reader.unknownDocuments().isEmpty());
        final Stored stored = tally.stored(fired, "events read from the trace; its account has "
            + account.discarded() + " discarded, " + account.overwritten() + " overwritten, " + account.lostTotal()
            + " lost").withTraps(account.traps()).onDisk(trace);
        check(account, fired, stored.events());
        return stored;
    }

    /** Every event that was fired and is not there has a cause. */
    private static void check(final TraceAccount account, final long fired, final long stored) {
        final long missing = account.discarded() + account.overwritten() + account.lostTotal();
        if (account.fired() != fired || account.stored() != stored || fired - stored != missing) {
            throw new IllegalStateException("the account is wrong: fired=" + fired + " by the account="
                + account.fired() + " stored=" + stored + " by the account=" + account.stored() + " missing by the"
                + " account=" + missing);
        }
    }

    @Override
    public void close() {
        if (recorder != null) {
            recorder.close();
        }
    }
}
