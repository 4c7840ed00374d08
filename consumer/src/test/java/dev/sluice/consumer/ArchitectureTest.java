// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Dependencies point one way, and the traced JVM needs neither Chronicle Queue nor libbpf. */
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("dev.sluice");

    @Test
    void shouldPointOneWayWhenPackagesDependOnEachOther() {
        layeredArchitecture().consideringOnlyDependenciesInAnyPackage("dev.sluice..")
            .withOptionalLayers(true)
            .layer("ring").definedBy("dev.sluice.ring..")
            .layer("usdt").definedBy("dev.sluice.usdt..")
            .layer("trace").definedBy("dev.sluice.trace..")
            .layer("bpf").definedBy("dev.sluice.bpf..")
            .layer("samples").definedBy("dev.sluice.samples..")
            .layer("store").definedBy("dev.sluice.consumer.store..")
            .layer("export").definedBy("dev.sluice.consumer.export..")
            .layer("consumer").definedBy("dev.sluice.consumer")
            .layer("cli").definedBy("dev.sluice.consumer.cli..")
            .whereLayer("cli").mayNotBeAccessedByAnyLayer()
            .whereLayer("export").mayOnlyBeAccessedByLayers("cli")
            .whereLayer("consumer").mayOnlyBeAccessedByLayers("cli")
            .whereLayer("store").mayOnlyBeAccessedByLayers("consumer", "export", "cli")
            .whereLayer("bpf").mayOnlyBeAccessedByLayers("consumer", "cli")
            .whereLayer("samples").mayNotBeAccessedByAnyLayer()
            .whereLayer("trace").mayOnlyBeAccessedByLayers("samples")
            .whereLayer("usdt").mayOnlyBeAccessedByLayers("trace", "bpf", "consumer", "cli", "export")
            .check(CLASSES);
    }

    @Test
    void shouldKeepChronicleAndBpfOutWhenCodeRunsInTheTarget() {
        noClasses().that().resideInAnyPackage("dev.sluice.ring..", "dev.sluice.usdt..", "dev.sluice.trace..",
                "dev.sluice.samples..")
            .should().dependOnClassesThat().resideInAnyPackage("net.openhft..", "dev.sluice.bpf..", "picocli..",
                "dev.sluice.consumer..")
            .allowEmptyShould(true)
            .check(CLASSES);
    }
}
