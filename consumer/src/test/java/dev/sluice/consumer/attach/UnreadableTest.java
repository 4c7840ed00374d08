// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Why a file of a process cannot be read is what the kernel says, and not what a text looks like. */
class UnreadableTest {
    private static final Path STATUS = Path.of("/proc/" + ProcessHandle.current().pid() + "/status");

    private static AttachException.Reason reason(final Path file, final IOException e) {
        final AttachException refusal = TargetProcess.unreadable(file, e);
        assertThat(refusal).hasMessageContaining(Long.toString(ProcessHandle.current().pid()));
        return refusal.reason();
    }

    @Test
    void shouldNotTakeItForARefusalWhenOnlyTheTextSaysSo() {
        assertThat(reason(STATUS, new IOException("no Permission slip"))).isEqualTo(AttachException.Reason.ENVIRONMENT);
    }

    @Test
    void shouldTakeItForARefusalWhenTheTypeSaysSo() {
        assertThat(reason(STATUS, new AccessDeniedException(STATUS.toString())))
            .isEqualTo(AttachException.Reason.PERMISSION);
        assertThat(reason(STATUS, new NoSuchFileException(STATUS.toString())))
            .isEqualTo(AttachException.Reason.NO_SUCH_PROCESS);
    }
}
