// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.libbpf;

import dev.sluice.os.FileIdentity;

/**
 * One place to attach to.
 *
 * @param path         the mapped file, as this process can open it
 * @param file         which file the path must lead to; null for any file
 * @param siteOffset   the instruction's offset in the file
 * @param refCtrOffset the semaphore's offset in the file, or 0 for none
 * @param cookie       what the program reads as its attach cookie
 */
public record UprobeSite(String path, FileIdentity file, long siteOffset, long refCtrOffset, long cookie) {
    public UprobeSite {
        if (siteOffset < 0 || refCtrOffset < 0 || path.indexOf('/') < 0) {
            throw new IllegalArgumentException("path=" + path + " siteOffset=" + siteOffset + " refCtrOffset="
                + refCtrOffset);
        }
    }

    @Override
    public String toString() {
        return path + "+0x" + Long.toHexString(siteOffset) + ", semaphore=0x" + Long.toHexString(refCtrOffset);
    }
}
