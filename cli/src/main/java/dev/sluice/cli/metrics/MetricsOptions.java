// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.metrics;

import dev.sluice.cli.output.Notices;
import java.net.InetSocketAddress;
import picocli.CommandLine.Option;

/** Whether what a recording has done so far is there for Prometheus. */
public final class MetricsOptions {
    @Option(names = "--metrics", paramLabel = "PORT", converter = MetricsAddress.class,
        description = "answers Prometheus on a port of this machine, such as :9464: events stored, discarded,"
            + " overwritten and lost, batches and bytes, of each process; port 0 takes one that is free and says which")
    private InetSocketAddress address;

    /**
     * Begins to answer, and says where; null if that was not asked for. The caller closes it.
     *
     * @param command the command's name, for notices
     */
    public MetricsEndpoint open(final String command) {
        if (address == null) {
            return null;
        }
        final MetricsEndpoint endpoint = MetricsEndpoint.open(address);
        Notices.print(command + ": metrics at " + endpoint.url());
        return endpoint;
    }
}
