// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every arrow between two packages of the project is drawn in docs/architecture.md, where a package may use only those
 * that stand below it: so no arrow runs back. A new arrow is a new word there, which a reviewer sees. {@code DocsTest}
 * compares the drawing with the sources; here it is compared with what the compiler has made of them.
 */
@OneJdk(together = true)
class ArchitectureTest {
    private static final String ROOT = "dev.sluice.";
    private static final Path CHECKOUT = Path.of(System.getProperty("sluice.root"));
    private static final Pattern DRAWING = Pattern.compile("```arrows\n(.*?)```", Pattern.DOTALL);
    private static final int MOST_TYPES = 20;
    /** Packages that the rules say nothing of: nothing depends on them. */
    private static final Set<String> APART = Set.of("testsupport", "bench");

    private static final JavaClasses CLASSES = new ClassFileImporter()
        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
        .withImportOption(location -> !location.contains("-tests.jar")).importPackages("dev.sluice");

    private static String packageOf(final JavaClass type) {
        return type.getPackageName().substring(ROOT.length());
    }

    private static boolean isOurs(final JavaClass type) {
        return type.getPackageName().startsWith(ROOT) && !APART.contains(packageOf(type));
    }

    /** Of each package those that it may use. */
    private static Map<String, Set<String>> drawing() throws IOException {
        final Matcher drawing = DRAWING.matcher(Files.readString(CHECKOUT.resolve("docs/architecture.md")));
        assertThat(drawing.find()).as("docs/architecture.md has a drawing").isTrue();
        final Map<String, Set<String>> allowed = new LinkedHashMap<>();
        drawing.group(1).lines().forEach(line -> {
            final String[] sides = line.split("->");
            final Set<String> used = sides.length < 2 ? Set.of() : Set.of(sides[1].strip().split(" +"));
            assertThat(Collections.disjoint(used, allowed.keySet())).as("nothing is above its user: " + line).isTrue();
            assertThat(allowed.put(sides[0].strip(), used)).as("another line of " + line).isNull();
        });
        return allowed;
    }

    @Test
    void shouldPointOneWayWhenPackagesDependOnEachOther() throws IOException {
        final Map<String, Set<String>> allowed = drawing();
        final Set<String> flaws = new TreeSet<>();
        for (final JavaClass type : CLASSES) {
            if (isOurs(type)) {
                addFlaws(type, allowed, flaws);
            }
        }
        assertThat(flaws).as("arrows that docs/architecture.md does not have").isEmpty();
    }

    private static void addFlaws(final JavaClass type, final Map<String, Set<String>> allowed,
        final Set<String> flaws) {
        final String from = packageOf(type);
        if (!allowed.containsKey(from)) {
            flaws.add("no line for package " + from);
            return;
        }
        type.getDirectDependenciesFromSelf().forEach(dependency -> {
            final JavaClass target = dependency.getTargetClass().getBaseComponentType();
            if (isOurs(target) && !packageOf(target).equals(from) && !allowed.get(from).contains(packageOf(target))) {
                flaws.add(from + " -> " + packageOf(target) + ": " + type.getSimpleName() + " uses "
                    + target.getSimpleName());
            }
        });
    }

    @Test
    void shouldFindTheArrowWhenOneIsTakenOutOfTheDrawing() throws IOException {
        final Map<String, Set<String>> allowed = drawing();
        allowed.put("ring.packet", Set.of("ring.memory"));
        final Set<String> flaws = new TreeSet<>();
        CLASSES.stream().filter(ArchitectureTest::isOurs).forEach(type -> addFlaws(type, allowed, flaws));
        assertThat(flaws).isNotEmpty().allMatch(flaw -> flaw.startsWith("ring.packet -> ring.event: "));
    }

    /** Of the sources: the importer knows a package-info only if it has annotations. */
    @Test
    void shouldHoldTwentyTypesAtMostAndSayWhatItIsForWhenItIsAPackage() throws IOException {
        final Map<String, Set<String>> packages = new TreeMap<>();
        for (final Path module : modules()) {
            final Path sources = module.resolve("src/main/java");
            if (Files.isDirectory(sources)) {
                try (Stream<Path> files = Files.walk(sources)) {
                    files.filter(file -> file.toString().endsWith(".java")).forEach(file -> packages.computeIfAbsent(
                        sources.relativize(file.getParent()).toString(), name -> new TreeSet<>())
                        .add(file.getFileName().toString()));
                }
            }
        }
        assertThat(packages).hasSizeGreaterThan(MOST_TYPES);
        packages.forEach((name, files) -> {
            assertThat(files.remove("package-info.java")).as("%s has a package-info", name).isTrue();
            assertThat(files).as("types of " + name).hasSizeBetween(1, MOST_TYPES);
        });
    }

    /** Folders with a pom of their own. */
    private static List<Path> modules() throws IOException {
        try (Stream<Path> poms = Files.find(CHECKOUT, 3, (path, attributes) -> path.endsWith("pom.xml"))) {
            return poms.map(Path::getParent).toList();
        }
    }

    @Test
    void shouldNeedNoJnaAndNoChronicleWhenTracesAreOnlyRead() {
        noClasses().that().resideInAPackage("dev.sluice.store..").and().resideOutsideOfPackage("dev.sluice.store.os")
            .should().dependOnClassesThat().resideInAPackage("com.sun.jna..").check(CLASSES);
        noClasses().that().resideInAPackage("dev.sluice.store..").and()
            .resideOutsideOfPackage("dev.sluice.store.write")
            .should().dependOnClassesThat().resideInAPackage("net.openhft..").check(CLASSES);
    }

    @Test
    void shouldKeepChronicleAndBpfOutWhenCodeRunsInTheTarget() {
        noClasses().that().resideInAnyPackage("dev.sluice.ring..", "dev.sluice.os..", "dev.sluice.usdt..",
                "dev.sluice.target..", "dev.sluice.trace..", "dev.sluice.samples..")
            .should().dependOnClassesThat().resideInAnyPackage("net.openhft..", "picocli..")
            .check(CLASSES);
    }
}
