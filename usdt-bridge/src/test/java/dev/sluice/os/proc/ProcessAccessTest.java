// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os.proc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessAccessTest {
    @TempDir
    private Path directory;

    private ProcessStatus status(final int uid, final String permitted) throws IOException {
        Files.writeString(directory.resolve("status"), "Uid:\t%d\t%d\t%d\t%d%nCapPrm:\t%s%nCapEff:\t%s%n".formatted(uid,
            uid, uid, uid, permitted, permitted));
        return ProcessStatus.read(directory);
    }

    @Test
    void shouldNameTheTrueCauseWhenAProcessMayNotBeLookedInto() throws IOException {
        final ProcessStatus all = status(0, "000001ffffffffff");
        final ProcessStatus some = status(0, "00000000a80425fb");
        assertThat(ProcessAccess.whyClosed(all, status(1000, "0"))).isEqualTo("the process runs as user 0: run sluice"
            + " as that user, or give it CAP_SYS_PTRACE");
        assertThat(ProcessAccess.whyClosed(status(1000, "0"), some)).isEqualTo("the process runs as user 1000: run"
            + " sluice as that user, or give it CAP_SYS_PTRACE");
        Files.writeString(directory.resolve("status"), "Uid:\t1000\t0\t0\t0\n");
        assertThat(ProcessAccess.whyClosed(ProcessStatus.read(directory), some))
            .isEqualTo("the process has ids of several users: give sluice CAP_SYS_PTRACE");
        assertThat(ProcessAccess.whyClosed(status(1000, "000001ffffffffff"), status(1000, "0"))).isEqualTo("the process"
            + " has capabilities that this sluice has not (CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER"
            + " and 37 more): run sluice as root");
        assertThat(ProcessAccess.whyClosed(status(0, "a9042dfb"), some)).isEqualTo("the process has capabilities that"
            + " this sluice has not (CAP_NET_BROADCAST, CAP_SYS_RESOURCE), although it is root: give it CAP_SYS_PTRACE,"
            + " or run it outside of this container");
        assertThat(ProcessAccess.whyClosed(some, some)).contains("a policy of this system", "although it is root");
        // Root of this machine, to which a process is closed that has one capability more: that is not the cause.
        assertThat(ProcessAccess.whyClosed(all, status(0, "000001fffeffffff")))
            .contains("a policy of this system", "although this sluice has CAP_SYS_PTRACE")
            .doesNotContain("CAP_SYS_RESOURCE", "run sluice as root");
        assertThat(ProcessAccess.whyClosed(some, status(1000, "0000000000080000"))).contains("CAP_SYS_PTRACE");
    }
}
