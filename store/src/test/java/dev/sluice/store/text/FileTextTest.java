// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
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
        assertThat(FileText.of(new IOException())).isEqualTo("java.io.IOException");
    }
}
