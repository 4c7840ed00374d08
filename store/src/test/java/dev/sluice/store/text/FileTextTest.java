// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class FileTextTest {
    @Test
    void shouldSayWhatIsWrongWithoutTheNamesOfClasses() {
        assertThat(FileText.of(new AccessDeniedException("/x"))).isEqualTo("/x: permission denied");
        assertThat(FileText.of(new NoSuchFileException("/x"))).isEqualTo("/x: there is no such file or directory");
        assertThat(FileText.of(new FileAlreadyExistsException("/x")))
            .isEqualTo("/x: it is there already, and is no directory");
        assertThat(FileText.of(new FileAlreadyExistsException("/x", null, "not empty"))).isEqualTo("/x: not empty");
        assertThat(FileText.of(new FileSystemException("/x", null, "Read-only file system")))
            .isEqualTo("/x: Read-only file system");
        assertThat(FileText.of(new IOException("No space left on device"))).isEqualTo("No space left on device");
        assertThat(FileText.of(new IOException())).isEqualTo("it failed, and the system gives no reason");
        assertThat(FileText.of(new FileSystemException("/x"))).isEqualTo("/x: it failed, and the system gives no"
            + " reason");
        assertThat(FileText.of(new DirectoryNotEmptyException("/x"))).isEqualTo("/x: the directory is not empty");
        // Streams of files wrap what they throw.
        assertThat(FileText.of(new UncheckedIOException(new AccessDeniedException("/x"))))
            .isEqualTo("/x: permission denied");
        assertThat(FileText.of(new IOException(new UncheckedIOException(new IOException("No space left on device")))))
            .isEqualTo("No space left on device");
        assertThat(FileText.of(new UncheckedIOException("said", new IOException()))).isEqualTo("said");
    }
}
