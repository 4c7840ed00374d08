// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

import java.util.Iterator;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** The way to open files that this JVM uses: chosen once. */
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
                // What this one needs is not on the class path, or does not work here; the JDK's own way always does.
                continue;
            }
        }
        return JdkFile::new;
    }
}
