// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cli.output.Json;
import dev.sluice.target.memory.MachineMemory;
import dev.sluice.usdt.StubFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is concluded from what machines can be like. */
class FindingTest {
    private static final long SYS_PTRACE = 1L << 19;
    private static final long SYS_ADMIN = 1L << 21;
    private static final long PERFMON = 1L << 38;
    private static final long BPF = 1L << 39;

    @TempDir
    private Path directory;

    @Test
    void shouldNameTheRightsThatAreMissingWhenCapabilitiesAreLooked() {
        assertThat(RightsChecks.capabilities(SYS_ADMIN | SYS_PTRACE, true, "uid 0").state())
            .isEqualTo(Finding.State.OK);
        assertThat(RightsChecks.capabilities(BPF | PERFMON | SYS_PTRACE, true, "uid 1000").state())
            .isEqualTo(Finding.State.OK);
        final Finding alone = RightsChecks.capabilities(BPF | PERFMON, true, "uid 1000");
        assertThat(alone.state()).isEqualTo(Finding.State.LIMITED);
        assertThat(alone.found()).isEqualTo("uid 1000 with CAP_BPF, CAP_PERFMON");
        final Finding none = RightsChecks.capabilities(BPF | SYS_PTRACE, true, "uid 1000");
        assertThat(none.state()).isEqualTo(Finding.State.MISSING);
        assertThat(none.remedy()).contains("CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE");
        assertThat(RightsChecks.capabilities(-1, false, "uid 0").state())
            .as("capabilities inside a user namespace").isEqualTo(Finding.State.MISSING);
    }

    @Test
    void shouldTellKindsOfKernelsApartWhenTheySayWhatTheyAre() {
        assertThat(KernelChecks.preemption("#1 SMP PREEMPT_DYNAMIC @0", "none voluntary (full) lazy").found())
            .isEqualTo("full, chosen at boot");
        assertThat(KernelChecks.preemption("#1 SMP PREEMPT_DYNAMIC @0", "").found()).startsWith("chosen at boot; ");
        assertThat(KernelChecks.preemption("#1 SMP PREEMPT Debian", "").found()).isEqualTo("full");
        assertThat(KernelChecks.preemption("#1 SMP Debian", "").found()).isEqualTo("none or voluntary");
        assertThat(KernelChecks.preemption("#1 SMP PREEMPT_RT", "").state()).isEqualTo(Finding.State.LIMITED);
    }

    /** The kernel's own file cannot be set to another mode without booting again. */
    @Test
    void shouldSayWhatToDoWhenTheKernelIsLockedDown() throws Exception {
        final Path file = directory.resolve("lockdown");
        assertThat(KernelChecks.lockdown(file)).as("no such file").extracting(Finding::state, Finding::found)
            .containsExactly(Finding.State.OK, "none");
        Files.writeString(file, "[none] integrity confidentiality\n");
        assertThat(KernelChecks.lockdown(file).found()).isEqualTo("none");
        Files.writeString(file, "none [integrity] confidentiality\n");
        assertThat(KernelChecks.lockdown(file)).extracting(Finding::state, Finding::found)
            .containsExactly(Finding.State.OK, "integrity, which keeps nothing from Sluice");
        Files.writeString(file, "none integrity [confidentiality]\n");
        assertThat(KernelChecks.lockdown(file)).isEqualTo(Finding.missing("kernel.lockdown", "confidentiality",
            "the kernel lets no eBPF program read memory",
            "boot with lockdown=integrity or without Secure Boot, or record in shared mode"));
    }

    @Test
    void shouldSayWhatToDoWhenMemoryOrRoomIsShort() {
        assertThat(ContainerChecks.memory(new MachineMemory.Left(100 << 20, "the memory cgroup /a")).found())
            .isEqualTo("the memory cgroup /a leaves 100 MiB, of which rings get 25 at most");
        assertThat(ContainerChecks.memory(new MachineMemory.Left(100 << 20, "the machine")).state())
            .isEqualTo(Finding.State.LIMITED);
        assertThat(ContainerChecks.memory(new MachineMemory.Left(64L << 30, "the machine")).state())
            .isEqualTo(Finding.State.OK);
        assertThat(FileChecks.directory("files.tmp", directory, true).state()).isEqualTo(Finding.State.OK);
        assertThat(FileChecks.directory("files.tmp", directory.resolve("none"), true).found())
            .endsWith("none does not exist");
        // Where code may not be mapped from, on every Linux.
        assertThat(FileChecks.directory("files.tmp", Path.of("/proc"), true).state())
            .isEqualTo(Finding.State.LIMITED);
    }

    @Test
    void shouldSayHowToCleanWhenKilledProgramsHaveLeftFiles() {
        final Path stubs = directory.resolve("stubs");
        assertThat(FileChecks.leftovers(new StubFiles.Contents(stubs, 2, 3, 0, "")))
            .extracting(Finding::state, Finding::remedy)
            .containsExactly(Finding.State.LIMITED, "run 'sluice doctor --clean'");
        assertThat(FileChecks.leftovers(new StubFiles.Contents(stubs, 1, 0, 3, "")).found())
            .isEqualTo("removed 3 files of killed programs; left 1 file of living programs in " + stubs);
        assertThat(FileChecks.leftovers(new StubFiles.Contents(stubs, 0, 0, 0, "others may write to it")).state())
            .isEqualTo(Finding.State.LIMITED);
    }

    @Test
    @SuppressWarnings("unchecked")
    void shouldPrintOneEntryAKeyAndNothingThatSteersATerminalWhenItIsAPage() {
        final DoctorPage page = new DoctorPage(List.of(Finding.ok("a", "fine"),
            Finding.limited("b", "\u001b[31mred\nline", "means", "do")));
        assertThat(page.toText()).doesNotContain("\u001b").hasLineCount(4).contains("remedy: do");
        final Map<String, Object> json = Json.readObject(page.toJson());
        assertThat(json).containsEntry("version", 1).containsEntry("state", "limited");
        assertThat((List<Map<String, Object>>) json.get("findings")).hasSize(2).allSatisfy(finding ->
            assertThat(finding).containsOnlyKeys("key", "state", "found", "means", "remedy"));
        assertThat(new DoctorPage(List.of()).worst()).isEqualTo(Finding.State.OK);
        assertThat(Files.exists(directory.resolve("stubs"))).isFalse();
    }
}
