// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.jfr;

import java.util.Set;

/**
 * Names as the JDK's reader takes them: that of a type must be the name of a Java class, of whatever Java it runs on,
 * or the whole file is refused. Stateless.
 */
public final class JfrNames {
    private static final Set<String> RESERVED = Set.of("abstract", "assert", "boolean", "break", "byte", "case",
        "catch", "char", "class", "const", "continue", "default", "do", "double", "else", "enum", "extends", "final",
        "finally", "float", "for", "goto", "if", "implements", "import", "instanceof", "int", "interface", "long",
        "native", "new", "package", "private", "protected", "public", "return", "short", "static", "strictfp", "super",
        "switch", "synchronized", "this", "throw", "throws", "transient", "try", "void", "volatile", "while", "true",
        "false", "null", "_");

    private JfrNames() {
    }

    /** The name of a field: letters and digits of ASCII stay, and all else becomes _. */
    public static String field(final String name) {
        final String plain = name.replaceAll("[^A-Za-z0-9_$]", "_");
        return plain.isEmpty() || Character.isDigit(plain.charAt(0)) ? '_' + plain : plain;
    }

    /** The name of a type; each part of it between two points is a name like that of a field, and no word of Java's. */
    public static String type(final String name) {
        final StringBuilder result = new StringBuilder();
        for (final String part : name.split("\\.", -1)) {
            final String plain = field(part);
            result.append(result.length() == 0 ? "" : ".").append(plain).append(RESERVED.contains(plain) ? "_" : "");
        }
        return result.toString();
    }
}
