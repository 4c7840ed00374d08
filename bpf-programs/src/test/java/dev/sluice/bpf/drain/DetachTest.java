// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.drain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.bpf.NativeTarget;
import dev.sluice.bpf.NativeTarget.Header;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A page that is never served holds up nobody for ever (issue 10, item 3). */
@OneJdk
@KernelTest
@Timeout(400)
class DetachTest {
    private static final String WITHHELD = "0x7e0000000000";
    private static final Path UNPRIVILEGED_USERFAULTFD = Path.of("/proc/sys/vm/unprivileged_userfaultfd");
    private static final List<Integer> ROOT = List.of(0, 0, 0, 0);

    @TempDir
    private Path directory;

    private static DrainProgram load(final NativeTarget target) {
        return DrainProgram.load(new DrainConfig(target.pid(), Header.EPOCH, Header.SLOTS, 256 * 1024)
            .withMaySleep(TargetOwner.isOurs(target.pid())));
    }

    @Test
    void shouldDetachAtOnceAndCountTheBatchWhenAnUnprivilegedTargetWithholdsItsPage() throws IOException {
        final String before = Files.readString(UNPRIVILEGED_USERFAULTFD);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        try {
            Files.writeString(UNPRIVILEGED_USERFAULTFD, "1");
            try (NativeTarget target = NativeTarget.ofNobody(directory); DrainProgram program = load(target)) {
                assertThat(program.variant().isSleepable()).as("another user's").isFalse();
                target.attach(program);
                assertThat(target.send("withhold " + WITHHELD)).isEqualTo("done");
                target.header(4096);
                target.drain(Header.OFFSET, "@" + WITHHELD, 4096);
                assertThat(program.failures(DrainFailure.COPY_FAULT).batches()).isEqualTo(1);
                final long begin = System.nanoTime();
                assertThat(program.detach()).isTrue();
                assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(9));
            }
        } finally {
            Files.writeString(UNPRIVILEGED_USERFAULTFD, before);
        }
    }

    @Test
    void shouldNotWaitForEverWhenASleepableProgramWaitsForAPage() throws IOException {
        try (NativeTarget target = new NativeTarget(directory); DrainProgram program = load(target)) {
            assertThat(program.variant().isSleepable()).as("of the same user").isTrue();
            target.attach(program);
            assertThat(target.send("withhold " + WITHHELD)).isEqualTo("done");
            target.header(4096);
            assertThat(target.send("sleep 0 @" + WITHHELD + " 4096")).isEqualTo("done");
            program.buffers().poll((address, length) -> { }, 10);
            assertThat(program.buffers().busyNs()).as("noticed").isPositive();
            final long begin = System.nanoTime();
            assertThat(program.detach()).as("the kernel waits for the page").isFalse();
            assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(20));
            assertThat(target.send("serve")).isEqualTo("done");
            assertThat(program.buffers().poll((address, length) -> { }, 10)).isEqualTo(1);
            assertThat(program.detach()).as("nothing is left to detach").isTrue();
        }
    }

    @Test
    void shouldTakeATargetForOursOnlyWhenAllItsUserIdsAre() {
        final List<Integer> user = List.of(1000, 1000, 1000, 1000);
        final Map<String, String> sudo = Map.of("SUDO_UID", "1000");
        assertThat(TargetOwner.isOurs(ROOT, ROOT, Map.of())).isTrue();
        assertThat(TargetOwner.isOurs(user, ROOT, Map.of())).isFalse();
        assertThat(TargetOwner.isOurs(user, ROOT, sudo)).isTrue();
        assertThat(TargetOwner.isOurs(user, user, Map.of())).isTrue();
        assertThat(TargetOwner.isOurs(ROOT, user, Map.of())).isFalse();
        assertThat(TargetOwner.isOurs(List.of(1001, 1001, 1001, 1001), user,
            Map.of("SUDO_UID", "1001"))).as("only root has become root by sudo").isFalse();
        for (int i = 0; i < user.size(); i++) {
            final List<Integer> mixed = new ArrayList<>(user);
            mixed.set(i, 0);
            assertThat(TargetOwner.isOurs(mixed, user, Map.of())).isFalse();
        }
        assertThat(TargetOwner.isOurs(List.of(), ROOT, Map.of())).as("gone").isFalse();
        assertThat(TargetOwner.isOurs((int) ProcessHandle.current().pid())).isTrue();
    }
}
