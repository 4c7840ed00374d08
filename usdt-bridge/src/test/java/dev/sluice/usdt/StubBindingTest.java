// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.os.Ffm;
import dev.sluice.os.NativeCalls;
import java.lang.invoke.MethodHandle;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every way to call a stub passes every argument, also those that this JVM does not choose by itself. */
@Timeout(300)
class StubBindingTest {
    private static final long FIRST = 0x1122334455667700L;

    private static List<StubBinding> bindings() {
        final Architecture architecture = Architecture.current().orElseThrow();
        final List<StubBinding> bindings = new ArrayList<>(
            List.of(new StubBinding.JniBinding(architecture), new StubBinding.JnaBinding(architecture)));
        if (Ffm.isPresent()) {
            bindings.add(new StubBinding.FfmBinding(architecture));
        }
        return bindings;
    }

    private static void check(final String of, final MethodHandle handle, final RecordingStub stub,
        final int arguments) throws Throwable {
        final long[] values = LongStream.range(0, arguments).map(i -> FIRST + i).toArray();
        final List<Object> all = new ArrayList<>(List.of(stub.address()));
        Arrays.stream(values).forEach(all::add);
        stub.forgetArguments();
        final long calls = stub.calls();
        handle.invokeWithArguments(all);
        assertThat(stub.calls()).as(of).isEqualTo(calls + 1);
        for (int i = 0; i < arguments; i++) {
            assertThat(stub.argument(i)).as("%s, argument %d of %d", of, i, arguments).isEqualTo(values[i]);
        }
    }

    @Test
    void shouldPassEveryArgumentWhicheverWayItIsCalled() throws Throwable {
        final RecordingStub six = new RecordingStub(6);
        final RecordingStub twelve = new RecordingStub(12);
        for (final StubBinding binding : bindings()) {
            final String name = binding.getClass().getSimpleName();
            for (int arguments = 0; arguments <= 6; arguments++) {
                check(name, binding.trap(arguments), six, arguments);
            }
            check(name, binding.drain(), six, 3);
            check(name, binding.trap(12), twelve, 12);
            binding.drain().invokeExact(binding.nothing(), FIRST, FIRST, FIRST);
            long last = 0;
            for (int i = 0; i < 1000; i++) {
                for (final MethodHandle counter : List.of(binding.counter(), binding.counterInOrder())) {
                    final long now = (long) counter.invokeExact();
                    assertThat(now).as(name).isGreaterThanOrEqualTo(last);
                    last = now;
                }
            }
        }
    }

    @Test
    void shouldHaveMethodsOfItsOwnWhenAnotherCopyHasTheSame() throws Exception {
        new StubBinding.JniBinding(Architecture.current().orElseThrow());
        final URL[] path = Arrays.stream(System.getProperty("java.class.path").split(":"))
            .map(entry -> toUrl(Path.of(entry))).toArray(URL[]::new);
        try (URLClassLoader other = new URLClassLoader(path, ClassLoader.getPlatformClassLoader())) {
            final Class<?> calls = Class.forName(StubCalls.class.getName(), true, other);
            assertThat(calls).isNotSameAs(StubCalls.class);
            assertThat(calls.getMethod("reason").invoke(null)).isEqualTo("");
            assertThat((long) Class.forName(Tsc.class.getName(), true, other).getMethod("read").invoke(null))
                .isPositive();
        }
    }

    private static URL toUrl(final Path entry) {
        try {
            return entry.toUri().toURL();
        } catch (final MalformedURLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldLeaveNoFileWhenMethodsAreLoaded() throws Exception {
        new StubBinding.JniBinding(Architecture.current().orElseThrow());
        final Path directory = Path.of(System.getProperty("java.io.tmpdir"), "sluice-" + NativeCalls.get().geteuid());
        final String ours = "sluice-methods-" + ProcessHandle.current().pid() + "-";
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString()).filter(name -> name.startsWith(ours)))
                .isEmpty();
        }
    }

    @Test
    void shouldBeFoundUnderItsNameWhateverThatIs() {
        assertThat(StubBinding.JniBinding.symbol(StubBinding.NativeMethods.class.getName(), "counter"))
            .isEqualTo("Java_dev_sluice_usdt_StubBinding_00024NativeMethods_counter");
        assertThat(StubBinding.JniBinding.symbol("relocated.v2.a_b.\u00dcbung", "call_12"))
            .isEqualTo("Java_relocated_v2_a_1b__000dcbung_call_112");
    }
}
