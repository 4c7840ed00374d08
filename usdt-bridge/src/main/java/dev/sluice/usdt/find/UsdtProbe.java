// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt.find;

import dev.sluice.os.FileIdentity;

/**
 * A probe that a process has mapped. Offsets and addresses are in bytes.
 *
 * @param provider         the probe's provider
 * @param name             its name
 * @param arguments        where its arguments are, in the note's own words; empty if it has none
 * @param path             a path by which this process can open the file, fit for attaching
 * @param file             which file the path led to when the process was looked at
 * @param siteOffset       the site's offset in that file
 * @param siteAddress      the site's address in the traced process
 * @param semaphoreOffset  the semaphore's offset in the file; 0 if it has none, {@link #NOT_IN_FILE} if the kernel
 *                         cannot raise it
 * @param semaphoreAddress its address in the traced process; 0 if it has none
 * @param semaphore        the semaphore's value when the process was looked at, 0 to 65,535; 0 if the probe has none,
 *                         -1 if it could not be read
 * @param backing          {@code file} or {@code memfd}
 */
public record UsdtProbe(String provider, String name, String arguments, String path, FileIdentity file,
    long siteOffset, long siteAddress, long semaphoreOffset, long semaphoreAddress, int semaphore, String backing) {
    /** The semaphore is in memory that no page of the file is mapped to, such as the later pages of .bss. */
    public static final long NOT_IN_FILE = -1;

    /** The offset of the semaphore that a tracer asks the kernel to raise; 0 for none. */
    public long raisedOffset() {
        return Math.max(0, semaphoreOffset);
    }
}
