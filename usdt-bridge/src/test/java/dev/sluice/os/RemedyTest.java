// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;

/** What a user is told to do depends on the kind of an error and on its errno, and not on the language of its text. */
class RemedyTest {
    private static final String MORE_FILES = "raise the limit of open files (ulimit -n)";
    private static final String LARGER_FILES = "raise the limit of the size of files (ulimit -f)";

    private static NativeException failed(final int errno, final String text) {
        return new NativeException("open(x)", errno, text, "");
    }

    private static UncheckedIOException wrapped(final int errno) {
        return new UncheckedIOException(new IOException("/tmp/x: " + NativeCalls.get().errorText(errno)));
    }

    @Test
    void shouldGoByTheErrnoWhenACallHasFailed() {
        assertThat(Remedy.of(failed(Errno.EMFILE, "zu viele Dateien"))).isEqualTo(MORE_FILES);
        assertThat(Remedy.of(failed(Errno.EFBIG, "zu lang"))).isEqualTo(LARGER_FILES);
        assertThat(Remedy.of(failed(Errno.ENOENT, "Too many open files"))).isEmpty();
    }

    @Test
    void shouldKnowTheErrnoByTheSystemsTextWhenTheJdkHasFailed() {
        assertThat(Remedy.of(wrapped(Errno.EMFILE))).isEqualTo(MORE_FILES);
        assertThat(Remedy.of(wrapped(Errno.EFBIG))).isEqualTo(LARGER_FILES);
        assertThat(Remedy.of(wrapped(Errno.ENOENT))).isEmpty();
    }

    @Test
    void shouldSpeakOfTheDirectoryOrTheClassWhenSomethingCannotBeLinked() {
        assertThat(Remedy.of(new UnsatisfiedLinkError("jna.so: failed to map segment from shared object")))
            .contains("-Djna.tmpdir=DIR");
        assertThat(Remedy.of(new NoClassDefFoundError("dev/sluice/os/Gone"))).contains(MORE_FILES);
        assertThat(Remedy.of(new NoClassDefFoundError("java/util/logging/Logger"))).contains("java.logging");
        assertThat(Remedy.of(new IllegalStateException("failed to map segment"))).isEmpty();
    }

    @Test
    void shouldDescribeWithItsRemedyWhenOneIsKnown() {
        assertThat(Remedy.describe(wrapped(Errno.EMFILE))).endsWith("; " + MORE_FILES);
        assertThat(Remedy.describe(new IllegalStateException("as it is"))).isEqualTo("as it is");
    }
}
