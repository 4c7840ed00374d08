// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dist;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.ReadmeExample;
import java.io.File;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublishedJarIT {
    private static final Path JAR = Path.of(System.getProperty("sluice.jar"));
    private static final Path POM = Path.of(System.getProperty("sluice.pom"));

    @TempDir
    private Path directory;

    @Test
    void shouldHoldOnlyOurPackagesAndJnaWhenListed() throws IOException {
        assertThat(entries()).filteredOn(name -> name.endsWith(".class") && !name.endsWith("module-info.class"))
            .contains("com/sun/jna/Native.class", "dev/sluice/shaded/agrona/concurrent/UnsafeBuffer.class",
                "dev/sluice/shaded/asm/ClassWriter.class")
            .anyMatch(name -> name.startsWith("dev/sluice/ring/")).anyMatch(name -> name.startsWith("dev/sluice/usdt/"))
            .allMatch(name -> name.startsWith("dev/sluice/") || name.startsWith("com/sun/jna/"));
    }

    @Test
    void shouldHoldOurLicenseAndThoseOfWhatIsInsideWhenOpened() throws IOException {
        assertThat(text("META-INF/LICENSE")).isEqualTo(Files.readString(ChildProgram.root().resolve("LICENSE")));
        assertThat(text("META-INF/NOTICE")).contains("Agrona", "ASM", "JNA");
        assertThat(text("META-INF/licenses/asm/LICENSE")).contains("INRIA, France Telecom", "Redistributions");
        assertThat(text("META-INF/licenses/jna/LICENSE")).contains("Java Native Access (JNA)");
        assertThat(text("META-INF/licenses/jna/AL2.0")).contains("Apache License");
        assertThat(text("META-INF/licenses/jna/LGPL2.1")).contains("LESSER GENERAL PUBLIC LICENSE");
    }

    private static String text(final String name) throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            assertThat(jar.getEntry(name)).as(name).isNotNull();
            return new String(jar.getInputStream(jar.getEntry(name)).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void shouldHoldNativeLibrariesOfLinuxOnlyWhenListed() throws IOException {
        assertThat(entries()).filteredOn(name -> name.contains("jnidispatch"))
            .contains("com/sun/jna/linux-x86-64/libjnidispatch.so", "com/sun/jna/linux-aarch64/libjnidispatch.so")
            .allMatch(name -> name.startsWith("com/sun/jna/linux-"));
    }

    @Test
    void shouldExportTheApiOnlyWhenReadAsAModule() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            assertThat(jar.getManifest().getMainAttributes().getValue("Main-Class")).isNull();
        }
        final ModuleDescriptor module =
            ModuleFinder.of(JAR).findAll().stream().map(ModuleReference::descriptor).findAny().orElseThrow();
        assertThat(module.name()).isEqualTo("dev.sluice");
        assertThat(module.isAutomatic()).isFalse();
        assertThat(module.exports()).extracting(ModuleDescriptor.Exports::source).containsExactly("dev.sluice.trace");
        assertThat(module.requires().stream()
            .filter(required -> !required.modifiers().contains(ModuleDescriptor.Requires.Modifier.STATIC))
            .map(ModuleDescriptor.Requires::name))
            .containsExactlyInAnyOrder("java.base", "java.logging", "jdk.unsupported");
    }

    @Test
    void shouldAskForNothingElseWhenDependedOn() throws IOException {
        assertThat(Files.readString(POM))
            .contains("<groupId>dev.sluice</groupId>", "<artifactId>sluice</artifactId>", "Apache-2.0")
            .doesNotContain("<parent>", "<dependenc", "<build>");
    }

    @Test
    void shouldRunTheReadmeExampleWhenAloneOnTheClassPathWithNoFlag() throws Exception {
        final ReadmeExample example = ReadmeExample.read();
        example.compile(directory, JAR.toString());
        try (ChildProgram child = ChildProgram.startJava(directory, List.of(), directory + File.pathSeparator + JAR,
            List.of(example.className(), "20"))) {
            assertThat(child.awaitExit()).as(child.errors()).isZero();
            assertThat(child.output()).isEqualTo("pid " + child.pid() + System.lineSeparator());
            // Java 22 and later warn of native access and of an opened package; Sluice itself must have nothing to say.
            assertThat(child.errors()).doesNotContain("[sluice]");
        }
    }

    private static List<String> entries() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            return jar.stream().map(ZipEntry::getName).toList();
        }
    }
}
