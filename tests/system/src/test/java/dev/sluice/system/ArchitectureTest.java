// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Every arrow between two packages of the project is in the table below, where a package may use only packages of the
 * rows above its own: so no arrow runs back. A new arrow is a new word in the table, which a reviewer sees.
 */
class ArchitectureTest {
    private static final String ROOT = "dev.sluice.";
    private static final int MOST_TYPES = 20;

    /** A package, and the packages that it may use. */
    private static final String[][] ARROWS = {
        {"ring"},
        {"os"},
        {"usdt.elf"},
        {"usdt", "os usdt.elf"},
        {"usdt.find", "os usdt.elf usdt"},
        {"target.jvm", "ring os"},
        {"target.clock", "ring os usdt target.jvm"},
        {"target.session", "ring target.clock"},
        {"target.memory", "ring os target.jvm target.clock target.session"},
        {"target.ring", "ring os usdt target.jvm target.session target.memory"},
        {"target", "ring os usdt target.jvm target.clock target.session target.memory target.ring"},
        {"trace", "ring os usdt target target.jvm target.ring"},
        {"samples", "trace"},
        {"bpf", "ring os usdt.find"},
        {"store.format", "ring"},
        {"store.segment", "ring store.format"},
        {"store.os", "store.format store.segment"},
        {"store.write", "ring store.format store.os store.segment"},
        {"store.read", "ring store.format store.segment"},
        {"store.text", ""},
        {"store.report", "ring store.format store.segment store.read store.text"},
        {"store.export", "ring store.format store.segment store.read store.text"},
        {"consumer.attach", "ring os store.os"},
        {"consumer.account", "ring os store.format store.read consumer.attach"},
        {"consumer.session", "ring os store.format consumer.attach consumer.account"},
        {"consumer.record", "ring os usdt.find bpf store.format store.write store.text consumer.attach consumer.account"
            + " consumer.session"},
        {"consumer.salvage", "ring store.format store.segment store.read store.report store.write consumer.attach"
            + " consumer.account consumer.record"},
        {"consumer.probe", "ring usdt.find bpf consumer.attach consumer.record"},
        {"cli.output", "store.format store.text consumer.attach"},
        {"cli.record", "bpf store.format store.os store.read store.report store.text store.write ring"
            + " consumer.attach consumer.record cli.output"},
        {"cli.demo", "ring store.format store.read store.report store.text consumer.record cli.output cli.record"},
        {"cli.list", "ring os usdt.elf usdt.find store.text consumer.attach cli.output"},
        {"cli.trap", "ring usdt.find bpf store.text consumer.attach consumer.probe cli.output cli.list"},
        {"cli", "os bpf store.export store.format store.read store.report store.text consumer.attach consumer.salvage"
            + " cli.output cli.record cli.demo cli.list cli.trap"},
    };

    /** Packages that are still to be redrawn, and the types that they may have until then. This list only shrinks. */
    private static final Map<String, Integer> NOT_YET_REDRAWN = Map.of(
        "ring", 43, "bpf", 33);

    private static final JavaClasses CLASSES = new ClassFileImporter()
        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
        .withImportOption(location -> !location.contains("-tests.jar")).importPackages("dev.sluice");

    private static String packageOf(final JavaClass type) {
        return type.getPackageName().substring(ROOT.length());
    }

    private static boolean isOurs(final JavaClass type) {
        return type.getPackageName().startsWith(ROOT) && !type.getPackageName().startsWith(ROOT + "testsupport");
    }

    @Test
    void shouldPointOneWayWhenPackagesDependOnEachOther() {
        final Map<String, Set<String>> allowed = new LinkedHashMap<>();
        for (final String[] row : ARROWS) {
            final Set<String> used = new TreeSet<>(row.length < 2 || row[1].isEmpty() ? List.of()
                : List.of(row[1].split(" ")));
            assertThat(allowed.keySet()).as("rows above " + row[0]).containsAll(used);
            allowed.put(row[0], used);
        }
        final Set<String> flaws = new TreeSet<>();
        for (final JavaClass type : CLASSES) {
            if (isOurs(type)) {
                addFlaws(type, allowed, flaws);
            }
        }
        assertThat(flaws).as("arrows that are not in the table").isEmpty();
    }

    private static void addFlaws(final JavaClass type, final Map<String, Set<String>> allowed,
        final Set<String> flaws) {
        final String from = packageOf(type);
        if (!allowed.containsKey(from)) {
            flaws.add("no row for package " + from);
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
    void shouldHoldAtMostTwentyTypesWhenAPackageIsRedrawn() {
        final Map<String, List<String>> types = new TreeMap<>();
        for (final JavaClass type : CLASSES) {
            if (isOurs(type) && type.isTopLevelClass() && !type.getSimpleName().equals("package-info")) {
                types.computeIfAbsent(packageOf(type), name -> new ArrayList<>()).add(type.getSimpleName());
            }
        }
        types.forEach((name, members) -> assertThat(members).as("types of " + name)
            .hasSizeLessThanOrEqualTo(NOT_YET_REDRAWN.getOrDefault(name, MOST_TYPES)));
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
