// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.testsupport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** The program in the README: its first fenced block of Java, which is one class. */
public final class ReadmeExample {
    private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern CLASS = Pattern.compile("public class (\\w+)");

    private final String source;
    private final String className;

    private ReadmeExample(final String source, final String className) {
        this.source = source;
        this.className = className;
    }

    /** Reads the README of the checkout that is tested. */
    public static ReadmeExample read() throws IOException {
        final Matcher block = BLOCK.matcher(Files.readString(ChildProgram.root().resolve("README.md")));
        if (!block.find()) {
            throw new AssertionError("the README has no block of Java");
        }
        final Matcher name = CLASS.matcher(block.group(1));
        if (!name.find()) {
            throw new AssertionError("the README's Java has no public class");
        }
        return new ReadmeExample(block.group(1), name.group(1));
    }

    /** The text between the fences. */
    public String source() {
        return source;
    }

    /** The name of its class. */
    public String className() {
        return className;
    }

    /** Compiles it, every warning an error, to class files in a directory. */
    public void compile(final Path directory, final String classPath) throws IOException {
        final Path file = Files.writeString(directory.resolve(className + ".java"), source);
        final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            final List<String> options = List.of("--release", "17", "-Xlint:all,-options", "-Werror", "-proc:none",
                "-parameters", "-cp", classPath, "-d", directory.toString());
            if (!compiler.getTask(null, files, null, options, null, files.getJavaFileObjects(file)).call()) {
                throw new AssertionError("the README's Java does not compile");
            }
        }
    }
}
