// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dist;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.RecordResult;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TraceReader;
import dev.sluice.testsupport.ChildProgram;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * An application that depends on the published jar and is started without any flag, in each of the ways that
 * applications are started: it is recorded, and what is stored is what it says that it has fired.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class AdoptionIT {
    private static final Path JAR = Path.of(System.getProperty("sluice.jar"));
    private static final Path OLDER_AGRONA = Path.of(System.getProperty("sluice.older.agrona"));
    private static final int EVENTS = 20_000;
    private static final List<String> TRACEPOINTS = List.of("orders:audited", "orders:placed", "orders:shipped");

    private static final String AUDIT = """
        package app.api;
        import dev.sluice.trace.TraceProvider;
        @TraceProvider("orders")
        public interface AuditTrace {
            boolean audited(long id);
        }
        """;
    /** Fires a package-private and a public typed interface, and a tracepoint declared by name, and says its sums. */
    private static final String APP = """
        package app;
        import static dev.sluice.trace.Field.int64;
        import app.api.AuditTrace;
        import dev.sluice.trace.Provider;
        import dev.sluice.trace.Sluice;
        import dev.sluice.trace.Tracepoint;
        import dev.sluice.trace.TraceProvider;
        import java.lang.invoke.MethodHandles;
        import java.time.Duration;
        import java.util.Arrays;
        public class App {
            @TraceProvider("orders")
            interface OrderTrace {
                boolean placed(long id, double price, String symbol);
            }
            private static final OrderTrace ORDERS = Sluice.provider(OrderTrace.class/*LOOKUP*/);
            private static final AuditTrace AUDIT = Sluice.provider(AuditTrace.class);
            private static final Tracepoint SHIPPED =
                Provider.named("orders").tracepoint("shipped", int64("id"), int64("cents"));
            public static void main(String[] args) throws Exception {
                Provider.named("orders").load();
                System.out.println("pid " + ProcessHandle.current().pid());
                if (!Provider.named("orders").awaitEnabled(Duration.ofSeconds(60))) {
                    throw new IllegalStateException("nobody traces");
                }
                // Of each tracepoint how often it was fired, and the sum of the ids.
                long[] sums = new long[6];
                for (long id = 0; id < Long.parseLong(args[0]); id++) {
                    add(sums, 0, AUDIT.audited(id), id);
                    add(sums, 2, ORDERS.placed(id, id / 4.0, "S" + id % 7), id);
                    add(sums, 4, SHIPPED.fire(id, 3 * id), id);
                }
                System.out.println("fired " + Arrays.toString(sums));
                Thread.sleep(120_000);
            }
            private static void add(long[] sums, int at, boolean fired, long id) {
                sums[at] += fired ? 1 : 0;
                sums[at + 1] += fired ? id : 0;
            }
        }
        """;
    /** Uses something of Agrona's that has changed since. */
    private static final String AGRONA = """
        package app;
        import org.agrona.concurrent.UnsafeBuffer;
        public class WithAgrona {
            public static void main(String[] args) throws Exception {
                UnsafeBuffer buffer = new UnsafeBuffer(new byte[16]);
                buffer.putLong(0, 42);
                System.out.println("agrona " + UnsafeBuffer.class.getProtectionDomain().getCodeSource().getLocation()
                    + " " + buffer.getLong(0));
                App.main(args);
            }
        }
        """;
    /** Two applications, each in a class loader of its own that has the library; the container has nothing. */
    private static final String CONTAINER = """
        import java.net.URL;
        import java.net.URLClassLoader;
        import java.nio.file.Path;
        public class Container {
            public static void main(String[] args) throws Exception {
                for (int i = 0; i < 2; i++) {
                    URL[] urls = new URL[args.length - 1];
                    for (int j = 0; j < urls.length; j++) {
                        urls[j] = Path.of(args[j + 1]).toUri().toURL();
                    }
                    ClassLoader loader = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
                    new Thread(() -> {
                        Thread.currentThread().setContextClassLoader(loader);
                        try {
                            loader.loadClass("app.App").getMethod("main", String[].class)
                                .invoke(null, (Object) new String[] {args[0]});
                        } catch (Exception e) {
                            e.printStackTrace();
                            System.exit(1);
                        }
                    }).start();
                }
            }
        }
        """;
    private static final String MODULE = """
        module orders.app {
            requires transitive dev.sluice;
            exports app.api;
        }
        """;

    @TempDir
    private Path directory;

    private Path classes;

    @BeforeEach
    void makeDirectory() throws IOException {
        classes = Files.createDirectory(directory.resolve("classes"));
    }

    private void compile(final Path into, final Map<String, String> sources, final String... options)
        throws IOException {
        final List<Path> files = new ArrayList<>();
        for (final Map.Entry<String, String> source : sources.entrySet()) {
            final Path file = directory.resolve("source").resolve(source.getKey() + ".java");
            Files.createDirectories(file.getParent());
            files.add(Files.writeString(file, source.getValue()));
        }
        final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            final List<String> all = new ArrayList<>(List.of("--release", "17", "-Xlint:all,-options", "-Werror",
                "-proc:none", "-parameters", "-d", into.toString()));
            all.addAll(Arrays.asList(options));
            assertThat(compiler.getTask(null, manager, null, all, null, manager.getJavaFileObjectsFromPaths(files))
                .call()).isTrue();
        }
    }

    private static String path(final Object... entries) {
        return String.join(File.pathSeparator, Arrays.stream(entries).map(Object::toString).toList());
    }

    private ChildProgram start(final Object... arguments) throws IOException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        Arrays.stream(arguments).map(Object::toString).forEach(command::add);
        return ChildProgram.start(directory, command);
    }

    /** Waits for a number of lines that begin with a word. */
    private static List<String> awaitLines(final ChildProgram program, final String word, final int number)
        throws IOException, InterruptedException {
        final long begin = System.nanoTime();
        while (true) {
            final List<String> lines = program.output().lines().filter(line -> line.startsWith(word + ' ')).toList();
            if (lines.size() >= number) {
                return lines;
            }
            final String said = program.output() + program.errors();
            assertThat(System.nanoTime() - begin).as("waited for %s, printed: %s", word, said)
                .isLessThan(TimeUnit.MINUTES.toNanos(1));
            assertThat(ProcessHandle.of(program.pid())).as(said).isPresent();
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    /** Records the program until its applications have fired, and compares. */
    private void recordAndCompare(final ChildProgram program, final int applications)
        throws IOException, InterruptedException {
        awaitLines(program, "pid", applications);
        final Path trace = directory.resolve("trace");
        final RecordResult result;
        final List<String> fired;
        try (Recorder recorder = Recorder.start(RecordOptions.of(program.pid(), trace)
            .source(EventPath.SHARED).policy(FullPolicy.BLOCK).build())) {
            fired = awaitLines(program, "fired", applications);
            result = recorder.finish();
        }
        assertThat(result.isComplete()).as("%s", result).isTrue();
        // Sluice itself must have nothing to say, whatever the JDK warns of.
        assertThat(program.errors()).doesNotContain("[sluice]").doesNotContain("Exception");
        final TraceReader reader = TraceReader.open(trace);
        assertThat(reader.targets()).hasSize(applications);
        final long[][] sums = new long[applications][2 * TRACEPOINTS.size()];
        final EventCursor cursor = reader.events().cursor();
        while (cursor.next()) {
            add(sums[cursor.event().target().index()], cursor.event());
        }
        // The applications say what was fired: on a loaded machine a session may be suspended in between.
        assertThat(fired).containsExactlyInAnyOrderElementsOf(
            Arrays.stream(sums).map(sum -> "fired " + Arrays.toString(sum)).toList());
        assertThat(List.of(sums)).allSatisfy(sum -> assertThat(sum[0]).isPositive());
    }

    private static void add(final long[] sums, final EventView event) {
        final int at = 2 * TRACEPOINTS.indexOf(event.schema().name());
        final long id = event.getLong(0);
        sums[at]++;
        sums[at + 1] += id;
        if (event.schema().tracepoint().equals("placed")) {
            assertThat(event.getDouble(1)).isEqualTo(id / 4.0);
            assertThat(event.getString(2)).isEqualTo("S" + id % 7);
        } else if (event.schema().tracepoint().equals("shipped")) {
            assertThat(event.getLong(1)).isEqualTo(3 * id);
        }
    }

    @Test
    void shouldRecordWhatIsFiredWhenOnTheClassPath() throws Exception {
        compile(classes, Map.of("App", APP, "AuditTrace", AUDIT), "-cp", JAR.toString());
        try (ChildProgram program = start("-cp", path(classes, JAR), "app.App", EVENTS)) {
            recordAndCompare(program, 1);
        }
    }

    @Test
    void shouldRecordWhatIsFiredWhenOnTheModulePath() throws Exception {
        compile(classes, Map.of("module-info", MODULE, "AuditTrace", AUDIT,
            "App", APP.replace("/*LOOKUP*/", ", MethodHandles.lookup()")), "-p", JAR.toString());
        try (ChildProgram program = start("-p", path(classes, JAR), "-m", "orders.app/app.App", EVENTS)) {
            recordAndCompare(program, 1);
        }
    }

    @Test
    void shouldRecordWhatIsFiredWhenBesideAnOlderAgrona() throws Exception {
        compile(classes, Map.of("App", APP, "AuditTrace", AUDIT, "WithAgrona", AGRONA), "-cp",
            path(JAR, OLDER_AGRONA));
        try (ChildProgram program = start("-cp", path(OLDER_AGRONA, classes, JAR), "app.WithAgrona", EVENTS)) {
            recordAndCompare(program, 1);
            assertThat(awaitLines(program, "agrona", 1).get(0)).endsWith(OLDER_AGRONA.getFileName() + " 42");
        }
    }

    @Test
    void shouldRecordBothApplicationsWhenInChildClassLoaders() throws Exception {
        compile(classes, Map.of("App", APP, "AuditTrace", AUDIT), "-cp", JAR.toString());
        final Path container = Files.createDirectory(directory.resolve("container"));
        compile(container, Map.of("Container", CONTAINER));
        try (ChildProgram program = start("-cp", container, "Container", EVENTS, classes, JAR)) {
            recordAndCompare(program, 2);
        }
    }
}
