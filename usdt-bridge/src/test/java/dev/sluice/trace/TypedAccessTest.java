// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.target.LocalSession;
import dev.sluice.testsupport.ChildProgram;
import java.io.File;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Interfaces that are not where the library is: in a child class loader, in named modules that open nothing, compiled
 * without names. Each is compiled here.
 */
class TypedAccessTest {
    private static final String INTERFACE = """
        import dev.sluice.trace.TraceProvider;
        @TraceProvider("PROVIDER")
        VISIBLE interface Trace {
            enum Side { BUY, SELL }
            boolean placed(long id, Side side, String text);
        }
        """;
    private static final String FIRE = """
        import dev.sluice.trace.Sluice;
        import java.lang.invoke.MethodHandles;
        public class Fire {
            public static Class<?> type() {
                return Trace.class;
            }
            public static MethodHandles.Lookup lookup() {
                return MethodHandles.lookup();
            }
            public static boolean fire(Object trace) {
                return ((Trace) trace).placed(7, Trace.Side.SELL, "abc");
            }
        }
        """;

    @TempDir
    private Path directory;

    private Path compile(final Map<String, String> sources, final String... options) throws IOException {
        final Path classes = Files.createDirectories(directory.resolve("classes"));
        final List<Path> files = new ArrayList<>();
        for (final Map.Entry<String, String> source : sources.entrySet()) {
            final Path file = directory.resolve("source").resolve(source.getKey() + ".java");
            Files.createDirectories(file.getParent());
            files.add(Files.writeString(file, source.getValue()));
        }
        final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            final List<String> all = new ArrayList<>(List.of("--release", "17", "-proc:none", "-cp",
                System.getProperty("java.class.path"), "-d", classes.toString()));
            all.addAll(Arrays.asList(options));
            assertThat(compiler.getTask(null, manager, null, all, null, manager.getJavaFileObjectsFromPaths(files))
                .call()).isTrue();
        }
        return classes;
    }

    private static Map<String, String> sources(final String provider, final String visible, final String packageName) {
        final String prefix = packageName.isEmpty() ? "" : "package " + packageName + ";\n";
        return Map.of("Trace", prefix + INTERFACE.replace("PROVIDER", provider).replace("VISIBLE", visible),
            "Fire", prefix + FIRE);
    }

    private static Object call(final Class<?> fire, final String method, final Object... arguments)
        throws ReflectiveOperationException {
        final Method found =
            Arrays.stream(fire.getMethods()).filter(one -> one.getName().equals(method)).findAny().orElseThrow();
        return found.invoke(null, arguments);
    }

    private static void checkFires(final Class<?> fire, final Object trace, final String provider)
        throws ReflectiveOperationException {
        try (LocalSession session = LocalSession.enable(provider)) {
            assertThat(call(fire, "fire", trace)).isEqualTo(true);
            assertThat(session.newest(24)).startsWith(7, 0, 0, 0, 0, 0, 0, 0, 1, 3, 0, 'a', 'b', 'c');
        }
    }

    @Test
    void shouldImplementAPackagePrivateInterfaceWhenItIsOfAChildClassLoader() throws Exception {
        final Path classes = compile(sources("typed_child", "", "web"), "-parameters");
        for (int deployment = 0; deployment < 2; deployment++) {
            try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()},
                TypedAccessTest.class.getClassLoader())) {
                final Class<?> fire = loader.loadClass("web.Fire");
                final Class<?> type = (Class<?>) call(fire, "type");
                final Object trace = Sluice.provider(type);
                assertThat(Sluice.provider(type)).isSameAs(trace);
                checkFires(fire, trace, "typed_child");
            }
        }
    }

    @Test
    void shouldImplementInTheUnnamedPackageToo() throws Exception {
        final Path classes = compile(sources("typed_unnamed", "", ""), "-parameters");
        try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()},
            TypedAccessTest.class.getClassLoader())) {
            final Class<?> fire = loader.loadClass("Fire");
            checkFires(fire, Sluice.provider((Class<?>) call(fire, "type")), "typed_unnamed");
        }
    }

    private Class<?> inModule(final String provider, final String visible, final String directive) throws Exception {
        final Map<String, String> sources = new HashMap<>(sources(provider, visible, "app"));
        sources.put("module-info", "module app." + provider + " { " + directive + " }");
        final Path classes =
            compile(sources, "-parameters", "--add-reads", "app." + provider + "=ALL-UNNAMED");
        final ModuleLayer boot = ModuleLayer.boot();
        final Configuration configuration = boot.configuration()
            .resolve(ModuleFinder.of(classes), ModuleFinder.of(), Set.of("app." + provider));
        final ModuleLayer.Controller layer = ModuleLayer.defineModulesWithOneLoader(configuration, List.of(boot),
            TypedAccessTest.class.getClassLoader());
        final Module module = layer.layer().findModule("app." + provider).orElseThrow();
        layer.addReads(module, Sluice.class.getModule());
        // For the test's own reflection; the library gets none of it.
        layer.addExports(module, "app", Method.class.getModule());
        return Class.forName(module, "app.Fire");
    }

    @Test
    void shouldImplementAPublicInterfaceWhenItsModuleExportsIt() throws Exception {
        final Class<?> fire = inModule("typed_exported", "public", "exports app;");
        checkFires(fire, Sluice.provider((Class<?>) call(fire, "type")), "typed_exported");
    }

    @Test
    void shouldImplementAPackagePrivateInterfaceWhenItsModuleOpensIt() throws Exception {
        final Class<?> fire = inModule("typed_opened", "", "opens app; exports app;");
        checkFires(fire, Sluice.provider((Class<?>) call(fire, "type")), "typed_opened");
    }

    @Test
    void shouldAskForALookupWhenTheModuleKeepsTheInterfaceToItself() throws Exception {
        final Class<?> fire = inModule("typed_closed", "", "exports app;");
        final Class<?> type = (Class<?>) call(fire, "type");
        assertThatThrownBy(() -> Sluice.provider(type)).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("app.Trace cannot be implemented by Sluice")
            .hasMessageContaining("Sluice.provider(Trace.class, MethodHandles.lookup())");
        assertThat(Provider.named("typed_closed").tracepoints()).isEmpty();
        final MethodHandles.Lookup lookup = (MethodHandles.Lookup) call(fire, "lookup");
        final Object trace = Sluice.provider(type, lookup);
        assertThat(Sluice.provider(type)).isSameAs(trace);
        checkFires(fire, trace, "typed_closed");
    }

    @Test
    void shouldNumberFieldsWhenTheInterfaceIsCompiledWithoutNames() throws Exception {
        final Path classes = compile(sources("typed_nameless", "public", "web"));
        try (URLClassLoader loader = new URLClassLoader(new URL[] {classes.toUri().toURL()},
            TypedAccessTest.class.getClassLoader())) {
            final Class<?> type = loader.loadClass("web.Trace");
            assertThat(Sluice.provider(type)).isNotNull();
            assertThat(Provider.named("typed_nameless").find("placed").fields()).extracting(Field::name)
                .startsWith("arg0", "arg1", "arg2");
        }
    }

    @Test
    void shouldSayWhichCopyWhenTheInterfaceIsOfAnother() throws Exception {
        final Path classes = compile(sources("typed_copy", "public", "web"), "-parameters");
        final List<URL> urls = new ArrayList<>(List.of(classes.toUri().toURL()));
        for (final String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        try (URLClassLoader loader =
                 new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            final Class<?> type = loader.loadClass("web.Trace");
            assertThatThrownBy(() -> Sluice.provider(type)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("TraceProvider of another copy of the library");
        }
    }

    @Test
    void shouldDoNothingWhenTracingIsOff() throws Exception {
        final List<String> flags =
            Stream.concat(ChildProgram.launcherFlags().stream(), Stream.of("-Dsluice.enabled=false")).toList();
        try (ChildProgram child = ChildProgram.startJava(directory, flags, System.getProperty("java.class.path"),
            List.of(Off.class.getName()))) {
            assertThat(child.awaitExit()).as(child.errors()).isZero();
            assertThat(child.output()).isEqualTo("fired false enabled false" + System.lineSeparator());
            assertThat(child.errors()).doesNotContain("[sluice]");
        }
    }

    /** Fires with tracing switched off. */
    static final class Off {
        private Off() {
        }

        @TraceProvider("off")
        private interface OffTrace {
            boolean fired(long id, String text);

            boolean isFiredEnabled();
        }

        public static void main(final String[] arguments) {
            final OffTrace trace = Sluice.provider(OffTrace.class);
            System.out.println("fired " + trace.fired(1, "a") + " enabled " + trace.isFiredEnabled());
        }
    }
}
