// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What /proc and the cgroups say, staged below a directory. */
class MachineMemoryTest {
    private static final long MIB = 1 << 20;
    private static final String UNIFIED =
        "24 1 0:22 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
    private static final String FIRST_VERSION = """
        24 1 0:22 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
        25 24 0:23 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
        26 24 0:24 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
        """;

    @TempDir
    private Path root;

    private void write(final String file, final String text) throws IOException {
        final Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private void process(final String mounts, final String membership, final long availableMib) throws IOException {
        write("proc/self/mountinfo", "20 1 8:1 / / rw - ext4 /dev/root rw\n" + mounts);
        write("proc/self/cgroup", membership);
        write("proc/meminfo", "MemTotal: 9000000 kB\nMemFree: 1 kB\nMemAvailable:  " + availableMib * 1024 + " kB\n");
    }

    private void unified(final String directory, final String max, final String high, final long usedMib,
                         final long unusedMib) throws IOException {
        write(directory + "/memory.max", max + "\n");
        write(directory + "/memory.high", high + "\n");
        write(directory + "/memory.current", usedMib * MIB + "\n");
        write(directory + "/memory.stat", "anon 5\ninactive_anon 77\ninactive_file " + unusedMib * MIB + "\n");
    }

    private MachineMemory memory() {
        return new MachineMemory(root.toFile());
    }

    @Test
    void shouldTakeWhatTheMachineHasWhenThereIsNoCgroup() throws IOException {
        process("", "", 700);
        final MachineMemory memory = memory();
        assertThat(memory.leftBytes()).isEqualTo(700 * MIB);
        assertThat(memory.tightest()).isEqualTo("the machine");
    }

    @Test
    void shouldTakeTheLeastOfAllLevelsWhenTheHierarchyIsUnified() throws IOException {
        process(UNIFIED, "0::/pod/app\n", 9000);
        Files.createDirectories(root.resolve("sys/fs/cgroup"));
        unified("sys/fs/cgroup/pod", Long.toString(300 * MIB), "max", 260, 20);
        unified("sys/fs/cgroup/pod/app", Long.toString(256 * MIB), "max", 100, 30);
        final MachineMemory memory = memory();
        assertThat(memory.leftBytes()).isEqualTo((300 - 260 + 20) * MIB);
        assertThat(memory.tightest()).endsWith("sys/fs/cgroup/pod");
        unified("sys/fs/cgroup/pod", "max", "max", 260, 20);
        assertThat(memory.leftBytes()).isEqualTo((256 - 100 + 30) * MIB);
    }

    @Test
    void shouldTakeTheThrottlingLimitWhenItIsTheSmallerOne() throws IOException {
        process(UNIFIED, "0::/app\n", 9000);
        unified("sys/fs/cgroup/app", "max", Long.toString(150 * MIB), 100, 0);
        assertThat(memory().leftBytes()).isEqualTo(50 * MIB);
    }

    @Test
    void shouldTakeTheLeastOfAllLevelsWhenTheHierarchyIsOfTheFirstVersion() throws IOException {
        process(FIRST_VERSION, "5:cpu:/elsewhere\n4:memory:/a/b\n0::/\n", 9000);
        for (final String directory : new String[] {"", "/a", "/a/b"}) {
            final String path = "sys/fs/cgroup/memory" + directory;
            write(path + "/memory.limit_in_bytes",
                (directory.equals("/a/b") ? 200 * MIB : 0x7FFF_FFFF_FFFF_F000L) + "\n");
            write(path + "/memory.usage_in_bytes", 150 * MIB + "\n");
            write(path + "/memory.stat", "inactive_file 1\ntotal_inactive_file " + 10 * MIB + "\n");
        }
        assertThat(memory().leftBytes()).isEqualTo(60 * MIB);
        write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", 140 * MIB + "\n");
        assertThat(memory().leftBytes()).isZero();
    }

    @Test
    void shouldFindItsLevelsWhenAContainerHasOnlyItsOwnPartMounted() throws IOException {
        process("26 24 0:24 /docker/77 /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
            "4:memory:/docker/77\n", 9000);
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", 200 * MIB + "\n");
        write("sys/fs/cgroup/memory/memory.usage_in_bytes", 50 * MIB + "\n");
        assertThat(memory().leftBytes()).isEqualTo(150 * MIB);
        process(UNIFIED, "0::/../outside\n", 9000);
        unified("sys/fs/cgroup", Long.toString(90 * MIB), "max", 50, 0);
        assertThat(memory().leftBytes()).isEqualTo(40 * MIB);
    }

    @Test
    void shouldFollowTheProcessWhenItIsMoved() throws IOException {
        process(UNIFIED, "0::/a\n", 9000);
        unified("sys/fs/cgroup/a", Long.toString(100 * MIB), "max", 50, 0);
        unified("sys/fs/cgroup/b", Long.toString(100 * MIB), "max", 80, 0);
        final MachineMemory memory = memory();
        assertThat(memory.leftBytes()).isEqualTo(50 * MIB);
        write("proc/self/cgroup", "0::/b\n");
        assertThat(memory.leftBytes()).isEqualTo(20 * MIB);
    }

    @Test
    void shouldLimitNothingWhenNothingCanBeReadOrMeansAnything() throws IOException {
        assertThat(memory().leftBytes()).isGreaterThan(1L << 50);
        process(UNIFIED, "0::/a\n", 500);
        unified("sys/fs/cgroup/a", "garbage", "", 50, 0);
        assertThat(memory().leftBytes()).isEqualTo(500 * MIB);
    }

    @Test
    void shouldGiveRingsAQuarterAndFollowWhatIsLeft() throws IOException {
        process(UNIFIED, "0::/a\n", 9000);
        unified("sys/fs/cgroup/a", Long.toString(256 * MIB), "max", 56, 0);
        final MemoryBudget budget = new MemoryBudget(512 * MIB, memory());
        assertThat(budget.take(51 * MIB, 0)).isFalse();
        assertThat(budget.take(20 * MIB, 0)).isTrue();
        // What is reserved is left for others, but never all of it.
        assertThat(budget.take(10 * MIB, 25 * MIB)).isFalse();
        assertThat(budget.take(5 * MIB, 200 * MIB)).isTrue();
        assertThat(budget.isExceeded()).isFalse();
        // The rings' own 25 MiB and 95 more are used; of 120 MiB together a quarter is more than they have.
        unified("sys/fs/cgroup/a", Long.toString(256 * MIB), "max", 161, 0);
        budget.look();
        assertThat(budget.isExceeded()).isFalse();
        unified("sys/fs/cgroup/a", Long.toString(200 * MIB), "max", 161, 0);
        budget.look();
        assertThat(budget.isExceeded()).isTrue();
        assertThat(budget.take(1, 0)).isFalse();
        assertThat(budget.toString()).contains("a quarter of what the memory cgroup").contains("/a leaves");
        budget.giveBack(20 * MIB);
        assertThat(budget.isExceeded()).isFalse();
    }

    @Test
    void shouldGiveOneRingAnEighthOfTheRestWhenItIsLarge() throws IOException {
        process("", "", 9000);
        final MemoryBudget budget = new MemoryBudget(80 * MIB, memory());
        assertThat(budget.takeShare(0, 10 * MIB, 0)).isTrue();
        assertThat(budget.takeShare(10 * MIB, 1, 0)).isFalse();
        assertThat(budget.takeShare(0, 9 * MIB, 0)).isFalse();
        assertThat(budget.takeShare(0, 8 * MIB, 0)).isTrue();
        assertThat(budget.toString()).contains("sluice.region.memory=");
    }
}
