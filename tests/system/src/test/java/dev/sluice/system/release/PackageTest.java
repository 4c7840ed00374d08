// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.bpf.KernelTest;
import dev.sluice.cli.Main;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.cli.output.Json;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.system.scene.Profile;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code sluice package} makes: twice the same, whole, and enough by itself. */
@OneJdk(together = true)
@Timeout(2400)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PackageTest {
    private static final long TIMEOUT_S = 600;
    /** Processor time of a short command from its begin to its end, the launcher's own included. */
    private static final double SHORT_S = 0.5;
    private static final int ATTEMPTS = 10;
    private static final int LEAST_ATTEMPTS = 3;
    /** Of its bound, below which a command needs no further attempts: those make the first line cheaper as well. */
    private static final double CLEARLY = 0.85;
    private static final int EVENTS = 500;
    private static final ExecutorService BUILDER = Executors.newSingleThreadExecutor();

    @TempDir
    private static Path directory;
    private static Release release;
    /** Made by another user elsewhere at another time. */
    private static Future<Release> other;
    /** The tar.gz, unpacked. */
    private static Path home;

    @BeforeAll
    static void make() throws Exception {
        assumeTrue(Stream.of("dpkg-deb", "clang", "llvm-strip").allMatch(PackageTest::isInstalled),
            "dpkg-deb, clang or llvm is missing, which make the package");
        release = Release.make(directory.resolve("one"), List.of("TZ=UTC", "LC_ALL=C"), "022");
        // A minute later, so that a time in it would show; meanwhile those tests run that need no quiet machine.
        other = BUILDER.submit(() -> Release.make(directory.resolve("another-place/two"),
            List.of("TZ=Asia/Kathmandu", "LC_ALL=C.UTF-8", "SOURCE_DATE_EPOCH=1"), "077"));
        home = release.unpack(directory.resolve("unpacked"));
    }

    @AfterAll
    static void end() throws InterruptedException {
        BUILDER.shutdown();
        assertThat(BUILDER.awaitTermination(Release.BUILD_TIMEOUT_S, TimeUnit.SECONDS)).isTrue();
    }

    private static boolean isInstalled(final String program) {
        return Arrays.stream(System.getenv("PATH").split(":"))
            .anyMatch(entry -> Files.isExecutable(Path.of(entry, program)));
    }

    /** Runs a program to its end, which must have the status; returns what it printed, errors last. */
    private static String run(final int status, final String... command) throws IOException, InterruptedException {
        try (ChildProgram child = ChildProgram.start(directory, List.of(command))) {
            assertThat(child.awaitExit(TIMEOUT_S)).as(child.toString()).isEqualTo(status);
            return child.output() + child.errors();
        }
    }

    /** Runs the unpacked command by its name on the search path, with this JDK. */
    private static String sluice(final int status, final String... arguments)
        throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>(List.of("env", "PATH=" + home + ":/usr/bin:/bin",
            "SLUICE_JAVA_HOME=" + System.getProperty("java.home"), "sluice"));
        command.addAll(List.of(arguments));
        return run(status, command.toArray(String[]::new));
    }

    @Order(Integer.MAX_VALUE - 1)
    @Test
    void shouldMakeTheSameBytesWhenAnotherUserMakesItElsewhereAtAnotherTime() throws Exception {
        final Release again = other.get();
        assertThat(again.tarball()).hasSameBinaryContentAs(release.tarball());
        assertThat(again.deb()).hasSameBinaryContentAs(release.deb());
        assertThat(again.deb().getFileName()).isEqualTo(release.deb().getFileName());
        assertThat(again.published()).hasSize(10).isEqualTo(release.published());
        for (final Path file : release.published()) {
            assertThat(again.repository().resolve(file))
                .hasSameBinaryContentAs(release.repository().resolve(file));
        }
    }

    @Test
    void shouldHaveWhatCentralAsksForWhenPublished() throws Exception {
        for (final String artifact : List.of("sluice", "sluice-store")) {
            final Published published = new Published(release.repository(), artifact, TraceInfo.VERSION);
            for (final String element : List.of("name", "description", "url", "licenses/license/name",
                "licenses/license/url", "developers/developer/name", "developers/developer/email", "scm/connection",
                "scm/developerConnection", "scm/url")) {
                assertThat(published.pom("/project/" + element)).as("%s of %s", element, artifact).isNotBlank();
            }
            assertThat(published.pom("concat(/project/groupId, ':', /project/artifactId, ':', /project/version)"))
                .isEqualTo("dev.sluice:" + artifact + ":" + TraceInfo.VERSION);
            assertThat(published.pom("/project/url")).as("one address for all").doesNotEndWith(artifact);
            // Each class of ours has the source that a debugger looks for.
            final Set<String> sources = published.entries("-sources.jar");
            assertThat(published.entries(".jar")).filteredOn(name -> name.startsWith("dev/sluice/")
                && !name.startsWith("dev/sluice/shaded/") && name.endsWith(".class")).hasSizeGreaterThan(100)
                .allSatisfy(name -> assertThat(sources).contains(source(name)));
        }
        final Published api = new Published(release.repository(), "sluice", TraceInfo.VERSION);
        assertThat(api.entries("-javadoc.jar")).contains("index.html", "dev/sluice/trace/Provider.html")
            .noneMatch(name -> name.startsWith("dev/sluice/") && !name.startsWith("dev/sluice/trace/"));
        final Published store = new Published(release.repository(), "sluice-store", TraceInfo.VERSION);
        assertThat(store.entries("-javadoc.jar")).contains("index.html", "dev/sluice/store/read/TraceReader.html")
            .noneMatch(name -> name.startsWith("dev/sluice/store/write/"));
    }

    private static String source(final String name) {
        return name.replaceFirst("(\\$.*)?\\.class$", ".java");
    }

    @Test
    void shouldNameEveryJarWithItsHashWhenContentsAreListed() throws Exception {
        final Map<String, String> listed = new HashMap<>(
            Published.components(home.resolve("share/doc/sluice/sluice.cdx.json")));
        listed.putAll(Published.components(home.resolve("share/doc/sluice/samples.cdx.json")));
        // What a list is of stands in its head.
        try (Stream<Path> files = Files.list(home.resolve("lib"))) {
            for (final Path jar : files.filter(file -> file.toString().endsWith(".jar")).toList()) {
                final String name = jar.getFileName().toString().replaceFirst("\\.jar$", "");
                if (!Set.of("sql-" + TraceInfo.VERSION, "samples-" + TraceInfo.VERSION).contains(name)) {
                    assertThat(listed).containsEntry(name, Published.hash(jar));
                }
                listed.remove(name);
            }
        }
        assertThat(listed).as("nothing else is listed").isEmpty();
        final Published api = new Published(release.repository(), "sluice", TraceInfo.VERSION);
        assertThat(Published.components(api.file("-cyclonedx.json")).keySet())
            .anyMatch(name -> name.startsWith("agrona-")).anyMatch(name -> name.startsWith("asm-"))
            .anyMatch(name -> name.startsWith("jna-")).noneMatch(name -> name.startsWith("junit"));
    }

    @Test
    void shouldHaveThePomsDeveloperForItsMaintainerWhenItIsADeb() throws Exception {
        final Published api = new Published(release.repository(), "sluice", TraceInfo.VERSION);
        assertThat(run(0, "dpkg-deb", "-f", release.deb().toString(), "Maintainer").strip()).isEqualTo(
            api.pom("concat(/project/developers/developer/name, ' <', /project/developers/developer/email, '>')"));
    }

    @Test
    void shouldHaveAPageAndCompletionsOfEveryCommandWhenTheHelpHasIt() throws Exception {
        final Set<String> commands = Main.withAllCommands().getSubcommands().keySet();
        final String fish = Files.readString(home.resolve("share/fish/vendor_completions.d/sluice.fish"));
        final String zsh = Files.readString(home.resolve("share/zsh/site-functions/_sluice"));
        for (final String command : commands) {
            assertThat(home.resolve("share/man/man1/sluice-" + command + ".1")).isRegularFile();
            assertThat(fish).contains(" -a " + command + " -d ");
            assertThat(zsh).contains("            (" + command + ")\n");
        }
        try (Stream<Path> pages = Files.list(home.resolve("share/man/man1"))) {
            assertThat(pages).hasSize(commands.size() + 1);
        }
        // All options of a command, as its help has them.
        Main.withAllCommands().getSubcommands().get("record").getCommandSpec().options().forEach(option -> {
            final String name = option.longestName();
            assertThat(zsh).contains(name + (option.arity().max() > 0 ? "=[" : "["));
            assertThat(fish).contains(" -l " + name.substring(2));
        });
    }

    @Test
    void shouldBeReadWithoutAWarningWhenManShowsAPage() throws Exception {
        assumeTrue(isInstalled("man"), "man is missing: install man-db");
        try (Stream<Path> pages = Files.list(home.resolve("share/man/man1"))) {
            for (final Path page : pages.toList()) {
                // Else man shows nothing where no pages are installed.
                final String shown = run(0, "env", "MAN_DISABLE_SECCOMP=1", "MANWIDTH=100", "LC_ALL=C", "man",
                    "--warnings", "-E", "ascii", "-l", "-P", "cat", page.toString());
                assertThat(shown).contains("NAME", "SYNOPSIS", "EXIT STATUS")
                    .doesNotContain("warning", page.toString());
            }
        }
        assertThat(run(0, "env", "MANWIDTH=100", "LC_ALL=C", "man", "-E", "ascii", "-l", "-P", "cat",
            home.resolve("share/man/man1/sluice-record.1").toString()))
            .contains("sluice-record - Traces running JVMs", "--keep-free", "3 finished with anything discarded");
    }

    @Test
    void shouldCompleteCommandsOptionsAndValuesWhenBashAsks() throws Exception {
        // It tells bash not to add a blank behind directories, which only bash itself can be told.
        final String words = run(0, "bash", "-c", "source " + home.resolve("share/bash-completion/completions/sluice")
            + "; compopt() { :; };"
            + " ask() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _complete_sluice;"
            + " echo \"${COMPREPLY[@]}\"; };"
            + "ask sluice rep; ask sluice record --keep-; ask sluice record --policy ''");
        assertThat(words.lines().map(String::strip)).containsExactly("report replay", "--keep-free",
            "DISCARD BLOCK OVERWRITE");
    }

    @Test
    void shouldCompleteWhenZshOrFishAsk() throws Exception {
        assumeTrue(isInstalled("zsh") && isInstalled("fish"), "zsh or fish is missing");
        assertThat(run(0, "fish", "--no-config", "-c", "source "
            + home.resolve("share/fish/vendor_completions.d/sluice.fish") + "; complete -C 'sluice rep'"
            + "; complete -C 'sluice record --kee'; complete -C 'sluice record --policy '"))
            .contains("report\t", "replay\t", "--keep-free\t", "discard", "overwrite");
        run(0, "zsh", "-f", "-n", home.resolve("share/zsh/site-functions/_sluice").toString());
    }

    @Test
    void shouldSayThatItNeedsTheSourcesWhenACommandOfTheCheckoutIsGiven() throws Exception {
        for (final String command : List.of("bench", "test", "package")) {
            assertThat(sluice(ExitStatus.USAGE, command)).isEqualTo("sluice: '" + command
                + "' needs the sources: run ./sluice " + command + " in a checkout of Sluice\n");
        }
        assertThat(sluice(ExitStatus.OK, "help")).contains("  record -p PID", "  archive ")
            .doesNotContain("  bench ", "  test ", "--no-build", "docs/");
        assertThat(sluice(ExitStatus.OK, "--version")).isEqualTo("sluice " + TraceInfo.VERSION + "\n");
    }

    @Test
    void shouldNameThePackageWhenThereIsNoJava() throws Exception {
        // Nothing of the machine's JDKs is seen in a namespace of its own.
        assumeTrue(KernelTest.Condition.FEATURES.canDrain(), "only root can mount");
        assertThat(run(ExitStatus.FAILED, "unshare", "-m", "sh", "-c", "mount -t tmpfs none /usr/lib/jvm;"
            + " exec env -u JAVA_HOME -u SLUICE_JAVA_HOME PATH=/usr/bin:/bin " + home.resolve("sluice") + " report x"))
            .isEqualTo("sluice: there is no Java runtime of 17 or later in JAVA_HOME, /usr/lib/jvm and PATH: install"
                + " one with: apt-get install default-jre-headless, or name one by SLUICE_JAVA_HOME\n");
    }

    @Order(Integer.MAX_VALUE)
    @Test
    void shouldStartWithinHalfASecondOfProcessorTimeWhenTheArchiveIsMade() throws Exception {
        other.get();
        assertThat(sluice(ExitStatus.OK, "archive")).isEmpty();
        final String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        try (ChildProgram program = ChildProgram.start(directory, List.of("env", "SLUICE_JAVA_HOME="
            + System.getProperty("java.home"), home.resolve("sluice").toString(), "sample", "hello"))) {
            final String pid = program.awaitFirstLine().substring("pid ".length());
            final String trace = directory.resolve("short").toString();
            sluice(ExitStatus.OK, "record", "-p", pid, "--mode", "shared", "--duration", "500ms", "-o", trace);
            // How many times what a JVM takes that reads and checks its classes. All lines are measured in turns, and
            // the best counts: what else the machine does takes caches, and so processor time.
            final List<Start> starts = List.of(new Start(1, List.of(java, "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC", "-Xshare:off", "--list-modules")), start(3, "--version"),
                start(3.5, "report", "--help"), start(6, "list", "-p", pid), start(6.5, "doctor"),
                start(5, "print", "-n", "1", trace));
            final double[] best = new double[starts.size()];
            Arrays.fill(best, Double.MAX_VALUE);
            int attempts = 0;
            while (attempts < ATTEMPTS * best.length && !isClear(starts, best, attempts)) {
                final int turn = attempts++ % best.length;
                best[turn] = Math.min(best[turn], seconds(timed(starts.get(turn).command)));
            }
            System.out.println("commands measured in " + attempts / best.length + " turns");
            for (int i = 0; i < best.length; i++) {
                System.out.printf("%s: %.2f s of processor time, %.1f times the first%n", starts.get(i).command,
                    best[i], best[i] / best[0]);
            }
            for (int i = 0; i < best.length; i++) {
                assertThat(best[i]).as("%s", starts.get(i).command).isLessThanOrEqualTo(most(starts.get(i), best[0]));
            }
        }
    }

    private static double most(final Start start, final double first) {
        return Math.max(SHORT_S, start.most * first);
    }

    /** Whether every command has shown in whole turns that it is far enough from its bound. */
    private static boolean isClear(final List<Start> starts, final double[] best, final int attempts) {
        return attempts >= LEAST_ATTEMPTS * best.length && attempts % best.length == 0
            && IntStream.range(1, best.length).allMatch(i -> best[i] <= CLEARLY * most(starts.get(i), best[0]));
    }

    /**
     * A command that starts.
     *
     * @param most how many times what the first takes it may take, where that is more than half a second
     */
    private record Start(double most, List<String> command) {
    }

    private static Start start(final double most, final String... words) {
        final List<String> command = new ArrayList<>(List.of(home.resolve("sluice").toString()));
        command.addAll(List.of(words));
        return new Start(most, command);
    }

    private static double seconds(final String times) {
        return Arrays.stream(times.strip().split(" ")).mapToDouble(Double::parseDouble).sum();
    }

    private static String timed(final List<String> program) throws Exception {
        final List<String> command = new ArrayList<>(List.of("env",
            "SLUICE_JAVA_HOME=" + System.getProperty("java.home"), "bash", "-c",
            "TIMEFORMAT='%U %S'; time \"$@\" >/dev/null 2>&1 || [ $? = 3 ]", "bash"));
        command.addAll(program);
        return run(0, command.toArray(String[]::new));
    }

    /** In a system that has a Java runtime and libbpf, and neither a compiler nor the sources. */
    @KernelTest
    @Test
    void shouldRecordAndReportWhenInstalledAndLeaveNothingWhenRemoved() throws Exception {
        assumeTrue(Files.exists(Path.of("/usr/lib/jvm/java-17-openjdk-amd64/release")),
            "this Debian's runtime of Java 17 is not installed: apt-get install openjdk-17-jre-headless");
        installRecordRemove(root -> List.of(
            ChildProgram.root().resolve("tests/system/src/test/sh/debian-root.sh").toString(), root.toString(),
            "bash", "coreutils", "dash", "dpkg", "sed", "grep", "mawk", "findutils", "diffutils", "libc-bin",
            "openjdk-17-jre-headless", "libbpf1"));
    }

    /** Issue 15, "Done when" 6: the same in a Debian as its installer makes it, of the suite and mirror of this one. */
    @KernelTest
    @Test
    void shouldRecordAndReportWhenInstalledOnADebianThatIsMadeAnewAndLeaveNothing() throws Exception {
        assumeTrue(Profile.isLong(), "it loads a Debian from its mirror: -Dsluice.long=true");
        assertThat(Path.of("/usr/sbin/debootstrap")).as("apt-get install debootstrap").isExecutable();
        installRecordRemove(root -> List.of(
            ChildProgram.root().resolve("tests/system/src/test/sh/fresh-debian.sh").toString(), root.toString(),
            "openjdk-17-jre-headless", "libbpf1"));
    }

    /**
     * Makes a system by a command, installs the .deb, records, reports, and removes it again.
     *
     * @param maker the command, which is given an empty directory
     */
    private static void installRecordRemove(final Function<Path, List<String>> maker) throws Exception {
        // JUnit would follow no link out of it, but warn of each.
        final Path root = Files.createTempDirectory(directory, "root");
        Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
        try {
            run(0, maker.apply(root).toArray(String[]::new));
            installRecordRemove(root);
        } finally {
            run(0, "rm", "-rf", "--one-file-system", root.toString());
        }
    }

    private static void installRecordRemove(final Path root) throws Exception {
        assertThat(root.resolve("usr/bin/clang")).doesNotExist();
        assertThat(root.resolve("usr/lib/jvm/java-17-openjdk-amd64/bin/javac")).doesNotExist();
        Files.copy(release.deb(), root.resolve("sluice.deb"));
        Files.writeString(root.resolve("try.sh"), """
            set -eu
            export LC_ALL=C HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin
            unset JAVA_HOME SLUICE_JAVA_HOME
            all() {
                find / -xdev \\( -path /var/lib/dpkg -o -path /var/log -o -path /proc -o -path /sys -o -path /dev \\
                    -o -path /tmp \\) -prune -o -print | sort
            }
            all >/tmp/before
            dpkg -i /sluice.deb
            ls /var/cache/sluice
            cd /tmp
            sluice --version
            sluice sample hello --rate 2000 --count %d --wait >/tmp/sample &
            waited=0
            until grep -q '^pid ' /tmp/sample; do
                waited=$((waited + 1))
                [ "$waited" -lt 600 ]
                sleep 0.1
            done
            pid=$(sed -n 's/^pid //p' /tmp/sample)
            sluice list -p "$pid" hello:world
            sluice record -p "$pid" --mode bpf -o /tmp/trace
            wait
            echo "sample $(tail -n 1 /tmp/sample)"
            echo "report $(sluice report /tmp/trace --json)"
            sluice sql /tmp/trace 'select count(*) as n from hello.world'
            sluice doctor >/tmp/doctor || [ $? = 3 ]
            dpkg --remove sluice
            all >/tmp/removed
            diff /tmp/before /tmp/removed
            dpkg --purge sluice
            all >/tmp/after
            diff /tmp/before /tmp/after
            echo removed
            """.formatted(EVENTS));
        final String said = run(0, "unshare", "-m", "-p", "--fork", "--kill-child", "sh", "-c", "set -e; cd " + root
            + "; mount -t proc none proc; mount --rbind /sys sys; mount --rbind /dev dev; mount -t tmpfs none tmp;"
            + " exec chroot . /bin/sh /try.sh");
        assertThat(said).contains("sluice " + TraceInfo.VERSION + "\n", "\nremoved\n", ".jsa\n", "hello:world");
        assertThat(number(said, "sample", "fired")).isEqualTo(EVENTS);
        assertThat(number(said, "report", "stored")).isEqualTo(EVENTS);
        assertThat(number(said, "report", "traps")).isPositive();
    }

    /** A number in the object that stands behind a word at the begin of a line. */
    private static long number(final String said, final String word, final String key) {
        final String line = said.lines().filter(text -> text.startsWith(word + " {")).findFirst().orElseThrow(
            () -> new AssertionError(said));
        final Map<String, Object> object = Json.readObject(line.substring(word.length() + 1));
        return ((Number) object.get(key)).longValue();
    }
}
