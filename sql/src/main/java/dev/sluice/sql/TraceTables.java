// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import static dev.sluice.sql.RowTable.bool;
import static dev.sluice.sql.RowTable.number;
import static dev.sluice.sql.RowTable.text;
import static dev.sluice.sql.RowTable.time;

import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.PacketStream;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a trace says beside its events, as tables. For one thread at a time. */
final class TraceTables {
    private final TraceReader reader;
    private TraceAccount account;

    TraceTables(final TraceReader reader) {
        this.reader = reader;
    }

    /** By name, in the order that they are told of. */
    Map<String, SqlTable> all() {
        final Map<String, SqlTable> tables = new LinkedHashMap<>();
        tables.put("account", new RowTable(List.of(number("fired"), number("stored"), number("discarded"),
            number("overwritten"), number("lost"), number("traps"), number("batches"), number("blocked_ns"),
            number("bytes"), bool("end_known"), bool("consistent")), this::accountRows));
        tables.put("losses", new RowTable(List.of(text("kind"), text("cause"), number("events")), this::lossRows));
        tables.put("stalls", new RowTable(List.of(number("target"), time("begin_time"), time("end_time"),
            number("begin_ns"), number("end_ns"), number("duration_ns"), number("refused")), this::stallRows));
        tables.put("targets", new RowTable(List.of(number("target"), number("pid"), number("uid"), text("command"),
            text("java_version"), text("clock"), number("clock_error_ns"), bool("end_known")), this::targetRows));
        tables.put("threads", new RowTable(List.of(number("target"), number("pid"), text("stream"), number("ring"),
            number("generation"), number("tid"), number("java_thread_id"), text("name")), this::threadRows));
        return tables;
    }

    /** As a report has it: what is stored is counted by reading all of it, once. */
    private synchronized TraceAccount account() {
        if (account == null) {
            final EventCursor cursor = reader.events().cursor();
            while (cursor.next()) {
                // The cursor counts.
            }
            account = new TraceAccount(reader.targets(), cursor, reader.damageCount() > 0,
                !reader.unknownDocuments().isEmpty());
        }
        return account;
    }

    private List<Object[]> accountRows() {
        final TraceAccount now = account();
        final long bytes = reader.targets().stream().flatMap(target -> target.streams().stream())
            .mapToLong(PacketStream::bytes).sum();
        return List.<Object[]>of(new Object[] {now.fired(), now.stored(), now.discarded(), now.overwritten(),
            now.lostTotal(), now.traps(), now.batches(), now.blockedNs(), bytes, now.isEndKnown(),
            now.isConsistent()});
    }

    private List<Object[]> lossRows() {
        final List<Object[]> rows = new ArrayList<>();
        final TraceAccount now = account();
        now.lost().forEach((cause, events) -> rows.add(new Object[] {"lost", cause, events}));
        for (final Map.Entry<RefusalCause, Long> refused : now.refused().entrySet()) {
            rows.add(new Object[] {"refused", refused.getKey().label(), refused.getValue()});
        }
        if (now.refusedInStalls() > 0) {
            rows.add(new Object[] {"refused", TraceReport.CONSUMER_STALLED, now.refusedInStalls()});
        }
        return rows;
    }

    private List<Object[]> stallRows() {
        final List<Object[]> rows = new ArrayList<>();
        for (final TargetTrace target : reader.targets()) {
            target.stalls().forEach(stall -> rows.add(new Object[] {(long) target.index(), stall.beginRealtimeNs(),
                stall.endRealtimeNs(), stall.beginRealtimeNs(), stall.endRealtimeNs(), stall.durationNs(),
                stall.refusedTotal()}));
        }
        return rows;
    }

    private List<Object[]> targetRows() {
        final List<Object[]> rows = new ArrayList<>();
        for (final TargetTrace target : reader.targets()) {
            rows.add(new Object[] {(long) target.index(), (long) target.info().pid(), (long) target.info().uid(),
                target.info().commandLine(), target.info().javaVersion(), Clock.name(target.info().clockKind()),
                target.clockErrorNs(), target.isEndKnown()});
        }
        return rows;
    }

    private List<Object[]> threadRows() {
        final List<Object[]> rows = new ArrayList<>();
        for (final TargetTrace target : reader.targets()) {
            for (final ThreadInfo thread : target.threads()) {
                rows.add(new Object[] {(long) target.index(), (long) target.info().pid(),
                    thread.stream().origin().label(), (long) thread.ring(), (long) thread.generation(),
                    (long) thread.tid(), thread.javaThreadId(), thread.name()});
            }
        }
        return rows;
    }
}
