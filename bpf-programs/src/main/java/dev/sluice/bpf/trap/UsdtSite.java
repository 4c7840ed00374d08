// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.trap;

import dev.sluice.os.FileIdentity;
import dev.sluice.usdt.find.ProbeArgument;
import java.util.List;

/**
 * One site of any USDT probe.
 *
 * @param path         the file as this process can open it
 * @param file         which file the path must lead to; null for any file
 * @param siteOffset   the site's offset in the file
 * @param refCtrOffset the semaphore's offset in the file, or 0 for none
 * @param probe        the probe's number, which is the same for all sites of a probe
 * @param arguments    where its arguments are; those beyond {@link TrapProgram#MAX_ARGUMENTS} are not read
 * @param stringMask   bit i set: argument i is the address of NUL-terminated text
 * @param measured     the argument that a histogram is made of
 */
public record UsdtSite(String path, FileIdentity file, long siteOffset, long refCtrOffset, int probe,
    List<ProbeArgument> arguments, int stringMask, int measured) {
    /** Checks the ranges. */
    public UsdtSite {
        arguments = arguments.stream().limit(TrapProgram.MAX_ARGUMENTS).toList();
        if (probe < 0 || probe > UsdtProgram.MAX_PROBE || stringMask < 0 || stringMask >>> arguments.size() != 0
            || measured < 0 || measured >= TrapProgram.MAX_ARGUMENTS) {
            throw new IllegalArgumentException("probe=" + probe + " arguments=" + arguments.size() + " stringMask="
                + stringMask + " measured=" + measured);
        }
    }

    /** A site of whatever file the path leads to. */
    public UsdtSite(final String path, final long siteOffset, final long refCtrOffset, final int probe,
                    final List<ProbeArgument> arguments, final int stringMask, final int measured) {
        this(path, null, siteOffset, refCtrOffset, probe, arguments, stringMask, measured);
    }
}
