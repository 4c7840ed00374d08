// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.libbpf;

import dev.sluice.os.OpenedFile;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * The file of a site, open while a program is being attached to the site. The kernel takes a path, and somebody may
 * give the file's name to another file after the site was found. So the path that the kernel gets leads through a
 * descriptor of the very file in which the site was found. For one thread.
 */
final class SiteFile implements AutoCloseable {
    private final String path;
    private final OpenedFile opened;

    private SiteFile(final String path, final OpenedFile opened) {
        this.path = path;
        this.opened = opened;
    }

    /**
     * Opens the file of a site.
     *
     * @param call the call that needs the file, for messages
     * @throws BpfException if the name leads to another file than that of the site
     */
    static SiteFile open(final String call, final UprobeSite site) {
        if (site.file() == null) {
            return new SiteFile(site.path(), null);
        }
        final OpenedFile opened;
        try {
            opened = OpenedFile.open(Path.of(site.path()));
        } catch (final IOException | InvalidPathException e) {
            throw new BpfException(call, "the file or the process is gone: " + e.getMessage());
        }
        if (!opened.identity().equals(site.file())) {
            opened.close();
            throw new BpfException(call, "the name leads to another file by now than when the probe was looked up:"
                + " try again, and find out who changes it");
        }
        return new SiteFile(opened.path().toString(), opened);
    }

    /** What to tell the kernel. */
    String path() {
        return path;
    }

    @Override
    public void close() {
        if (opened != null) {
            opened.close();
        }
    }
}
