// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

import java.util.Iterator;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Chooses, once for this JVM, the way in which files are opened. */
final class ChosenOpener {
    static final FileOpener OPENER = choose();

    private ChosenOpener() {
    }

    private static FileOpener choose() {
        final Iterator<FileOpener> offered =
            ServiceLoader.load(FileOpener.class, ChosenOpener.class.getClassLoader()).iterator();
        while (offered.hasNext()) {
            try {
                return offered.next();
            } catch (final ServiceConfigurationError e) {
                // This way needs something that is not on the class path or does not work here. The JDK's own way
                // always works.
                continue;
            }
        }
        return JdkFile::new;
    }
}
