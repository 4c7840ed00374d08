// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.text;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the command line of a JVM says that it runs. Immutable.
 *
 * @param names what the program can be called, the fullest name first: of a class its qualified and its simple name, of
 *              a jar its file's name and its path
 */
public record JavaProgram(List<String> names) {
    private static final Set<String> WITH_VALUE = Set.of("-cp", "-classpath", "--class-path", "-p", "--module-path",
        "--upgrade-module-path", "--add-modules", "--limit-modules", "--add-exports", "--add-opens", "--add-reads",
        "--patch-module", "--enable-native-access", "--source");
    private static final Set<String> MODULE = Set.of("-m", "--module");
    private static final String MODULE_IS = "--module=";

    /**
     * The program of a command line as /proc has it, one argument each. Empty if it is no call of "java", or does not
     * say what it runs. What a file of arguments (@FILE) says is not known.
     */
    public static Optional<JavaProgram> of(final List<String> arguments) {
        if (arguments.isEmpty() || !lastPart(arguments.get(0), '/').equals("java")) {
            return Optional.empty();
        }
        boolean isJar = false;
        for (int i = 1; i < arguments.size(); i++) {
            final String argument = arguments.get(i);
            if (argument.startsWith(MODULE_IS)) {
                return Optional.of(ofModule(argument.substring(MODULE_IS.length())));
            }
            if (MODULE.contains(argument)) {
                return i + 1 < arguments.size() ? Optional.of(ofModule(arguments.get(i + 1))) : Optional.empty();
            }
            if (argument.equals("-jar")) {
                isJar = true;
            } else if (WITH_VALUE.contains(argument)) {
                i++;
            } else if (!argument.startsWith("-") && !argument.startsWith("@") && !argument.isEmpty()) {
                final boolean isFile = isJar || argument.endsWith(".java");
                return Optional.of(isFile ? new JavaProgram(List.of(lastPart(argument, '/'), argument))
                    : ofClass(argument.replace('/', '.')));
            }
        }
        return Optional.empty();
    }

    /** The same of a command line whose arguments are words between blanks, as traces have it. */
    public static Optional<JavaProgram> of(final String commandLine) {
        return of(CommandText.words(commandLine));
    }

    private static JavaProgram ofClass(final String name) {
        return new JavaProgram(List.of(name, lastPart(name, '.')));
    }

    /** A module, and perhaps behind a slash its class. */
    private static JavaProgram ofModule(final String name) {
        final int slash = name.indexOf('/');
        if (slash < 0) {
            return new JavaProgram(List.of(name));
        }
        final String type = name.substring(slash + 1);
        return new JavaProgram(List.of(name, type, lastPart(type, '.'), name.substring(0, slash)));
    }

    private static String lastPart(final String text, final char separator) {
        return text.substring(text.lastIndexOf(separator) + 1);
    }

    /** Whether the program can be called so. */
    public boolean isCalled(final String name) {
        return names.contains(name);
    }
}
