// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.metrics;

import dev.sluice.cli.output.CommandException;
import dev.sluice.consumer.record.TargetProgress;
import dev.sluice.store.format.LossCause;
import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.io.InputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * An endpoint of HTTP on this machine that tells Prometheus what a recording has done so far. It answers in threads of
 * its own, until it is closed. For one thread.
 */
public final class MetricsEndpoint implements AutoCloseable {
    private static final String PID = "pid";
    private static final String CAUSE = "cause";

    private final HTTPServer server;
    private final String url;
    private volatile Supplier<List<TargetProgress>> progress = List::of;

    private MetricsEndpoint(final HTTPServer server, final InetAddress host) {
        this.server = server;
        url = "http://" + host(host) + ':' + server.getPort() + "/metrics";
    }

    private static String host(final InetAddress address) {
        return address instanceof Inet6Address ? '[' + address.getHostAddress() + ']' : address.getHostAddress();
    }

    /**
     * Begins to answer.
     *
     * @param address of this machine; with port 0 one that is free
     * @throws CommandException if the port cannot be had
     */
    public static MetricsEndpoint open(final InetSocketAddress address) {
        final PrometheusRegistry registry = new PrometheusRegistry();
        try {
            final MetricsEndpoint endpoint = new MetricsEndpoint(HTTPServer.builder().inetAddress(address.getAddress())
                .port(address.getPort()).registry(registry).buildAndStart(), address.getAddress());
            registry.register((MultiCollector) () -> snapshots(endpoint.progress.get()));
            endpoint.load();
            return endpoint;
        } catch (final IOException e) {
            throw new CommandException("listening on " + host(address.getAddress()) + ':' + address.getPort()
                + " failed: " + e.getMessage()
                + "; give another port to --metrics", e);
        }
    }

    /**
     * Asks once, so that all classes are there: when the rights are given up, their jars may be out of reach.
     *
     * @throws CommandException if there is no answer
     */
    private void load() {
        try (InputStream answer = URI.create(url).toURL().openConnection(Proxy.NO_PROXY).getInputStream()) {
            answer.readAllBytes();
        } catch (final IOException e) {
            close();
            throw new CommandException("reading " + url + " failed: " + e.getMessage() + "; report this", e);
        }
    }

    /** Where it answers. */
    public String url() {
        return url;
    }

    /**
     * Tells of a recording from now on; of none before.
     *
     * @param recording what its targets have done so far, those whose part has ended too; called by the threads that
     *                  answer
     */
    public void follow(final Supplier<List<TargetProgress>> recording) {
        progress = recording;
    }

    private static MetricSnapshots snapshots(final List<TargetProgress> targets) {
        final List<MetricSnapshot> all = new ArrayList<>();
        all.add(counter("sluice_events_stored", "Events stored in the trace.", targets, TargetProgress::storedEvents));
        all.add(counter("sluice_batches_stored", "Batches stored in the trace.", targets,
            TargetProgress::storedBatches));
        all.add(counter("sluice_stored_bytes", "Bytes of batches stored in the trace.", targets,
            TargetProgress::storedBytes));
        all.add(counter("sluice_events_discarded", "Events that full rings have refused since the program began.",
            targets, TargetProgress::discarded));
        all.add(counter("sluice_events_overwritten",
            "Events overwritten in rings before they were drained, since the program began.", targets,
            TargetProgress::overwritten));
        all.add(lost(targets));
        final GaugeSnapshot.Builder recorded = GaugeSnapshot.builder().name("sluice_recorded")
            .help("1 while the program is recorded, 0 when its part of the trace has ended.");
        byPid(targets, target -> target.isEnded() ? 0 : 1).forEach((pid, value) -> recorded.dataPoint(
            GaugeDataPointSnapshot.builder().labels(Labels.of(PID, Long.toString(pid))).value(value).build()));
        all.add(recorded.build());
        return new MetricSnapshots(all);
    }

    private static CounterSnapshot counter(final String name, final String help, final List<TargetProgress> targets,
        final ToLongFunction<TargetProgress> value) {
        final CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
        byPid(targets, value).forEach((pid, sum) -> counter.dataPoint(CounterDataPointSnapshot.builder()
            .labels(Labels.of(PID, Long.toString(pid))).value(sum).build()));
        return counter.build();
    }

    private static CounterSnapshot lost(final List<TargetProgress> targets) {
        final CounterSnapshot.Builder lost =
            CounterSnapshot.builder().name("sluice_events_lost").help("Events lost behind the rings, by cause.");
        // A cause that has not occurred is 0, and not missing: a rate is there from the first loss on.
        for (final LossCause cause : LossCause.values()) {
            byPid(targets, target -> target.lost().getOrDefault(cause, 0L)).forEach((pid, events) -> lost.dataPoint(
                CounterDataPointSnapshot.builder().labels(Labels.of(PID, Long.toString(pid), CAUSE, cause.label()))
                    .value(events).build()));
        }
        return lost.build();
    }

    /** Sums over the copies of the library in each process: a line of Prometheus is there once. */
    private static Map<Long, Long> byPid(final List<TargetProgress> targets,
        final ToLongFunction<TargetProgress> value) {
        final Map<Long, Long> sums = new TreeMap<>();
        targets.forEach(target -> sums.merge(target.pid(), value.applyAsLong(target), Long::sum));
        return sums;
    }

    @Override
    public void close() {
        server.close();
    }
}
