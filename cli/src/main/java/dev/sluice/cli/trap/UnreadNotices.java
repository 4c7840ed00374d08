// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.trap;

import dev.sluice.consumer.probe.TracedProbe;
import dev.sluice.usdt.find.ProbeArgument;
import dev.sluice.usdt.find.ProbeArguments;
import dev.sluice.usdt.find.UsdtProbe;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Says what {@code sluice trap} cannot see of the probes that it has attached to, one line each. Stateless: any thread.
 */
final class UnreadNotices {
    private static final int MAX_NOTICES = 8;

    private UnreadNotices() {
    }

    /**
     * The lines.
     *
     * @param sites   the traced sites
     * @param printed the probes whose arguments are printed
     */
    static List<String> of(final List<UsdtProbe> sites, final List<TracedProbe> printed) {
        final Set<String> notices = new LinkedHashSet<>();
        for (final UsdtProbe site : sites) {
            final String name = site.provider() + ':' + site.name();
            if (site.semaphoreOffset() == UsdtProbe.NOT_IN_FILE) {
                notices.add(name + ": the kernel cannot raise its semaphore, which lies in no part of its file; it"
                    + " is hit only if the program raises that by itself");
            }
            if (!printed.isEmpty()) {
                final List<ProbeArgument> places = ProbeArguments.parse(site.arguments());
                for (int i = 0; i < places.size(); i++) {
                    if (!places.get(i).isReadable()) {
                        notices.add(name + ": argument " + i + " (" + places.get(i).text() + ") is printed as '?': no"
                            + " tracer in the kernel can read it");
                    }
                }
            }
        }
        for (final TracedProbe probe : printed) {
            probe.arguments().stream().filter(TracedProbe.Argument::isBytes).forEach(argument ->
                notices.add(probe.qualifiedName() + ": argument " + argument.name() + " is printed as '?': a probe has"
                    + " no length for its bytes, 'sluice record' stores them"));
        }
        final List<String> lines = notices.stream().limit(MAX_NOTICES).toList();
        if (notices.size() > MAX_NOTICES) {
            final List<String> all = new ArrayList<>(lines);
            all.add("and " + (notices.size() - MAX_NOTICES) + " more of such");
            return all;
        }
        return lines;
    }
}
