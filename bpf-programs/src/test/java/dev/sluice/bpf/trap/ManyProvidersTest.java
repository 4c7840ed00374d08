// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.trap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.usdt.ArgumentType;
import dev.sluice.usdt.LoadedStubs;
import dev.sluice.usdt.StubCalls;
import dev.sluice.usdt.StubLoader;
import dev.sluice.usdt.StubProbe;
import dev.sluice.usdt.find.ProbeArguments;
import dev.sluice.usdt.find.ProcessProbes;
import dev.sluice.usdt.find.UsdtProbe;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * As many providers as the largest programs have, in the long run; else a tenth of them. How long each step takes is
 * printed and asserted nowhere.
 */
@OneJdk
@KernelTest
@Timeout(600)
class ManyProvidersTest {
    private static final int PROVIDERS = Boolean.getBoolean("sluice.long") ? 1000 : 100;
    private static final int PROBES = 20;

    /** Loads them, then fires each probe once for each line of its input. */
    static final class Child {
        private Child() {
        }

        public static void main(final String[] arguments) throws IOException {
            final List<StubProbe> probes = new ArrayList<>();
            for (int i = 0; i < PROBES; i++) {
                probes.add(new StubProbe("probe" + i, List.of(ArgumentType.INT64)));
            }
            final List<LoadedStubs> all = new ArrayList<>();
            for (int i = 0; i < PROVIDERS; i++) {
                all.add(StubLoader.load("provider" + i, probes));
            }
            System.out.println("loaded " + all.stream().filter(LoadedStubs::hasStubs).count());
            while (System.in.read() >= 0) {
                for (final LoadedStubs stubs : all) {
                    for (int i = 0; i < PROBES; i++) {
                        StubCalls.trap1(stubs.stub(i), i);
                    }
                }
                System.out.println("fired");
            }
        }
    }

    @TempDir
    private Path directory;
    private long stepNs;

    private void step(final String name) {
        final long now = System.nanoTime();
        if (stepNs != 0) {
            System.out.printf("%d providers with %d probes each: %s in %,d ms%n", PROVIDERS, PROBES, name,
                TimeUnit.NANOSECONDS.toMillis(now - stepNs));
        }
        stepNs = System.nanoTime();
    }

    @Test
    void shouldListAttachAndDetachAllWhenThereAreManyProviders() throws Exception {
        final Path root = Path.of(System.getProperty("sluice.root"));
        final String flags = Runtime.version().feature() >= 24 ? "jvm-24.args" : "jvm-17.args";
        step("");
        final Process child = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "@" + root.resolve("config").resolve(flags), "-Dsluice.usdt.dir=" + directory.resolve("stubs"), "-cp",
            System.getProperty("java.class.path"), Child.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (BufferedReader out = child.inputReader()) {
            assertThat(out.readLine()).isEqualTo("loaded " + PROVIDERS);
            step("started and loaded");
            final List<UsdtSite> sites = new ArrayList<>();
            for (final UsdtProbe probe : probes(child)) {
                sites.add(new UsdtSite(probe.path(), probe.siteOffset(), probe.semaphoreOffset(), sites.size(),
                    ProbeArguments.parse(probe.arguments()), 0, 0));
            }
            step("found");
            assertThat(sites).hasSize(PROVIDERS * PROBES);
            try (UsdtProgram program = UsdtProgram.load(new TrapConfig(Math.toIntExact(child.pid()), 1 << 16),
                UsdtProgram.Mode.COUNT, sites)) {
                program.attach();
                step("attached");
                assertThat(probes(child)).extracting(UsdtProbe::semaphore).containsOnly(1);
                child.getOutputStream().write('\n');
                child.getOutputStream().flush();
                assertThat(out.readLine()).isEqualTo("fired");
                for (int i = 0; i < sites.size(); i++) {
                    assertThat(program.count(i)).isEqualTo(1);
                }
                step("fired and counted");
                program.detach();
                step("detached");
            }
            assertThat(probes(child)).extracting(UsdtProbe::semaphore).containsOnly(0);
        } finally {
            child.destroyForcibly().onExit().join();
        }
    }

    private static List<UsdtProbe> probes(final Process child) {
        return ProcessProbes.of(child.pid()).stream().filter(probe -> probe.provider().startsWith("provider"))
            .toList();
    }
}
