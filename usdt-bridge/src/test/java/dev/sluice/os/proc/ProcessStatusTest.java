// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os.proc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What /proc says, compared with what {@code ps} says of the same process. */
class ProcessStatusTest {
    private static final Path SELF = Path.of("/proc/self");

    private static List<String> ps(final String columns, final long pid) throws Exception {
        final Process ps = new ProcessBuilder("ps", "-o", columns, "-p", Long.toString(pid)).start();
        final String output = new String(ps.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(ps.waitFor(180, TimeUnit.SECONDS)).isTrue();
        return List.of(output.strip().split("\\s+"));
    }

    @Test
    void shouldAgreeWithPsWhenAProcessIsLookedAt() throws Exception {
        final ProcessStatus status = ProcessStatus.read(SELF);
        final long pid = ProcessHandle.current().pid();
        final List<String> ids = ps("ruid=,euid=,suid=,fuid=,rgid=,egid=,sgid=,fgid=", pid);
        assertThat(status.userIds()).map(Integer::toUnsignedString).isEqualTo(ids.subList(0, ProcessStatus.IDS));
        assertThat(status.groupIds()).map(Integer::toUnsignedString)
            .isEqualTo(ids.subList(ProcessStatus.IDS, 2 * ProcessStatus.IDS));
        assertThat(status.idInside(-1)).isEqualTo((int) pid);
        assertThat(status.ids()).endsWith((int) pid);
        assertThat(status.effectiveCapabilities() & ~status.permittedCapabilities()).isZero();
    }

    @Test
    void shouldNameCapabilitiesWhenASentenceNeedsThem() {
        assertThat(Capabilities.text(1 << 24)).isEqualTo("CAP_SYS_RESOURCE");
        assertThat(Capabilities.text(Capabilities.SYS_PTRACE | 1L << 40 | 1L << 41))
            .isEqualTo("CAP_SYS_PTRACE, CAP_CHECKPOINT_RESTORE, CAP_41");
        assertThat(Capabilities.text(-1))
            .isEqualTo("CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER and 60 more");
        assertThat(Capabilities.text(0)).isEmpty();
    }

    @Test
    void shouldSeeThatItIsStoppedWhenAProcessGotTheSignal() throws Exception {
        final Process child = new ProcessBuilder("sleep", "60").start();
        try {
            final Path directory = Path.of("/proc/" + child.pid());
            final ProcessStat before = ProcessStat.read(directory);
            assertThat(before.isStopped()).isFalse();
            assertThat(before.startTime()).isGreaterThanOrEqualTo(ProcessStat.read(SELF).startTime());
            assertThat(new ProcessBuilder("kill", "-STOP", Long.toString(child.pid())).start().waitFor()).isZero();
            final long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
            while (!ProcessStat.read(directory).isStopped() && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
            assertThat(ProcessStat.read(directory).isStopped()).isTrue();
            assertThat(ps("stat=", child.pid()).get(0)).startsWith("T");
        } finally {
            child.destroyForcibly();
        }
        assertThat(child.waitFor(180, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(() -> ProcessStatus.read(Path.of("/proc/" + child.pid()))).isInstanceOf(IOException.class);
    }

    /** Everybody chooses the name of a process of their own. */
    @Test
    void shouldReadTheLinesOfTheKernelWhenTheNameLooksLikeOne() {
        final ProcessStatus status = ProcessStatus.of("Name:\tUid:\t1\nUmask:\t0022\nUid:\t4294967294\t5\t6\t7\n"
            + "NSpid:\t70\t8\nGroups:\t\nCapPrm:\t000001ffffffffff\nCapEff:\t8000000000000000\n");
        assertThat(status.userIds()).containsExactly(-2, 5, 6, 7);
        assertThat(status.ids()).containsExactly(70, 8);
        assertThat(status.idInside(70)).isEqualTo(8);
        assertThat(status.groupIds()).isEmpty();
        assertThat(status.permittedCapabilities()).isEqualTo(0x1ffffffffffL);
        assertThat(status.effectiveCapabilities()).isEqualTo(Long.MIN_VALUE);
        assertThat(ProcessStatus.of("Name:\tx\n").idInside(70)).as("before Linux 4.1").isEqualTo(70);
        assertThat(ProcessStat.of("7 (a) T 1 (b)) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21"))
            .isEqualTo(new ProcessStat('S', 4711));
    }
}
