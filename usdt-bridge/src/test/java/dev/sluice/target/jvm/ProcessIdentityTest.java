// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.os.NativeCalls;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProcessIdentityTest {
    /** The kernel keeps 15 bytes of a thread's name: seven letters of two bytes each, and half of the eighth. */
    @Test
    void shouldFindAThreadWhenItsNameIsCutInTheMiddleOfALetter() throws Exception {
        final CompletableFuture<Long> startTime = new CompletableFuture<>();
        final Thread thread = new Thread(() -> startTime.complete(
            ProcessIdentity.threadStartTime(NativeCalls.get().gettid())), "\u00e4".repeat(8));
        thread.start();
        assertThat(startTime.get(120, TimeUnit.SECONDS)).isPositive();
        thread.join();
    }
}
