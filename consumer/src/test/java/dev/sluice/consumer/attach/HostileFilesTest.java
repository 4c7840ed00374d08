// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.sluice.consumer.FakeTarget;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.os.NativeCalls;
import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.region.RegionDescriptor;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A target is hostile until proved otherwise: whatever is in its files, the consumer refuses it or works. */
@OneJdk
class HostileFilesTest {
    private static final int MUTATIONS = 3000;
    private static final long[] NASTY = {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, Integer.MAX_VALUE, 1L << 31, 4095,
        8};

    @Test
    void shouldOpenTargetWhenFilesAreSound() throws IOException {
        try (FakeTarget fake = new FakeTarget(); Target target = fake.open()) {
            assertThat(target.id()).isEqualTo(fake.id);
            assertThat(target.region().schemas()).containsExactly(FakeTarget.SCHEMA);
            assertThat(target.region().chunkLength()).isEqualTo(FakeTarget.CHUNK_LENGTH);
            assertThat(target.region().slotLimit()).isZero();
            assertThat(target.region().notes().refusals()).isEmpty();
        }
    }

    @Test
    void shouldSayWhichSideIsOlderWhenLayoutVersionDiffers() throws IOException {
        try (FakeTarget fake = new FakeTarget()) {
            Memory.putInt(fake.control + ControlFileDescriptor.LAYOUT_VERSION_OFFSET,
                ControlFileDescriptor.LAYOUT_VERSION + 1);
            assertThatThrownBy(fake::open).isInstanceOf(AttachException.class)
                .hasMessageContaining("the sluice command is older");
            Memory.putInt(fake.control + ControlFileDescriptor.LAYOUT_VERSION_OFFSET, 0);
            assertThatThrownBy(fake::open).hasMessageContaining("the library in the target is older");
        }
    }

    @Test
    void shouldRefuseWhenFileIsNotSealed() throws IOException {
        try (FakeTarget fake = new FakeTarget(NativeCalls.F_SEAL_GROW)) {
            assertThatThrownBy(fake::open).isInstanceOf(AttachException.class).hasMessageContaining("not sealed")
                .extracting(e -> ((AttachException) e).reason()).isEqualTo(AttachException.Reason.DAMAGED);
        }
    }

    @Test
    void shouldFindNothingWhenMagicIsNotThereYet() throws IOException {
        try (FakeTarget fake = new FakeTarget()) {
            Memory.putLong(fake.control + ControlFileDescriptor.MAGIC_OFFSET, 0);
            assertThatThrownBy(fake::open).isInstanceOf(AttachException.class)
                .extracting(e -> ((AttachException) e).reason()).isEqualTo(AttachException.Reason.NO_SLUICE);
        }
    }

    @Test
    void shouldRefuseWhenRegionDescriptorIsAnotherFile() throws IOException {
        try (FakeTarget fake = new FakeTarget()) {
            Memory.putInt(fake.control + ControlFileDescriptor.REGION_FD_OFFSET, fake.controlFd);
            assertThatThrownBy(fake::open).isInstanceOf(AttachException.class)
                .hasMessageContaining("is not its region");
            Memory.putInt(fake.control + ControlFileDescriptor.REGION_FD_OFFSET, 999_999);
            assertThatThrownBy(fake::open).isInstanceOf(AttachException.class);
        }
    }

    @Test
    void shouldRefuseWhenThereAreMoreTargetsThanAnybodyNeeds() throws IOException {
        final List<FakeTarget> fakes = new ArrayList<>();
        try {
            for (int i = 0; i < TargetFinder.MAX_TARGETS; i++) {
                fakes.add(new FakeTarget());
            }
            final List<Target> all = TargetFinder.open(ProcessHandle.current().pid());
            all.forEach(Target::close);
            assertThat(all).hasSize(TargetFinder.MAX_TARGETS);
            fakes.add(new FakeTarget());
            assertThatThrownBy(fakes.get(0)::open).isInstanceOf(AttachException.class)
                .hasMessageContaining("more than " + TargetFinder.MAX_TARGETS + " control files");
        } finally {
            fakes.forEach(FakeTarget::close);
        }
    }

    @Test
    void shouldBoundKernelMemoryOfAllTargetsTogether() {
        final RecordOptions options = RecordOptions.of(1, Path.of("t")).build();
        final int wanted = 64 << 20;
        assertThat(options.ringBufferBytes(1, wanted)).isEqualTo(wanted);
        assertThat(options.ringBufferBytes(8, wanted)).isEqualTo(16 << 20);
        for (int targets = 1; targets <= TargetFinder.MAX_TARGETS; targets++) {
            final int bytes = options.ringBufferBytes(targets, wanted);
            assertThat(Integer.bitCount(bytes)).isOne();
            assertThat((long) bytes * targets).isLessThanOrEqualTo(128 << 20);
        }
    }

    @Test
    void shouldRefuseWhenControlFileIsInherited() throws IOException {
        try (FakeTarget fake = new FakeTarget()) {
            Memory.putInt(fake.control + ControlFileDescriptor.PID_OFFSET, 1);
            assertThatThrownBy(fake::open).isInstanceOf(AttachException.class)
                .hasMessageContaining("belongs to process 1");
        }
    }

    @Test
    void shouldSayWhatToDoWhenProcessDoesNotExist() {
        assertThatThrownBy(() -> TargetFinder.open(Integer.MAX_VALUE)).isInstanceOf(AttachException.class)
            .hasMessageContaining("no process 2147483647");
    }

    @Test
    void shouldRefuseOrWorkWhenAnyWordIsHostile() throws IOException {
        final long seed = Seed.draw("HostileFilesTest");
        final Random random = new Random(seed);
        try (FakeTarget fake = new FakeTarget()) {
            for (int i = 0; i < MUTATIONS; i++) {
                final boolean isControl = random.nextBoolean();
                final long base = isControl ? fake.control : fake.regionHead;
                final int offset = isControl
                    ? random.nextInt(ControlFileDescriptor.STALE_AFTER_OFFSET + Long.BYTES)
                    : pickRegionOffset(random);
                final long address = base + (offset & -Integer.BYTES);
                final int before = Memory.getInt(address);
                final int value = random.nextInt(3) == 0 ? random.nextInt() : (int) NASTY[random.nextInt(NASTY.length)];
                Memory.putInt(address, value);
                use(fake, seed, offset, value);
                Memory.putInt(address, before);
            }
        }
    }

    private static int pickRegionOffset(final Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> random.nextInt(RegionDescriptor.MEMORY_LIMIT_OFFSET + Long.BYTES);
            case 1 -> RegionDescriptor.SCHEMA_LENGTH_OFFSET + random.nextInt(RegionDescriptor.LAST_TRIPLE_OFFSET + 32
                - RegionDescriptor.SCHEMA_LENGTH_OFFSET);
            default -> RegionDescriptor.SCHEMA_OFFSET + random.nextInt(64);
        };
    }

    private static void use(final FakeTarget fake, final long seed, final int offset, final int value) {
        try (Target target = fake.open()) {
            if (target != null) {
                target.region().schemas();
                target.region().notes().refusals();
                target.region().notes().firstTriple();
                for (int i = 0; i < target.region().slotLimit(); i++) {
                    target.region().slot(i).name();
                }
            }
        } catch (final AttachException e) {
            assertThat(e.getMessage()).isNotBlank();
        } catch (final RuntimeException e) {
            fail("seed=" + seed + " offset=" + offset + " value=" + value + " id=" + fake.id, e);
        }
    }
}
