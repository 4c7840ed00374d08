// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.testsupport;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;

/** What {@code javap -v -p}, an independent program, says of a class of the running JDK, as the events it causes. */
public final class JavapListing {
    private static final Map<String, Integer> TAGS = Map.ofEntries(
        Map.entry("Utf8", 1), Map.entry("Integer", 3), Map.entry("Float", 4), Map.entry("Long", 5),
        Map.entry("Double", 6), Map.entry("Class", 7), Map.entry("String", 8), Map.entry("Fieldref", 9),
        Map.entry("Methodref", 10), Map.entry("InterfaceMethodref", 11), Map.entry("NameAndType", 12),
        Map.entry("MethodHandle", 15), Map.entry("MethodType", 16), Map.entry("Dynamic", 17),
        Map.entry("InvokeDynamic", 18), Map.entry("Module", 19), Map.entry("Package", 20));
    private static final Pattern SIZE = Pattern.compile("; size (\\d+) bytes$");
    private static final Pattern METHOD_COUNT = Pattern.compile("^  interfaces: \\d+, fields: \\d+, methods: (\\d+),");
    /** The value begins in a fixed column, and may begin with spaces of its own. It is missing when it is empty. */
    private static final Pattern CONSTANT = Pattern.compile("^ +#\\d+ = (.{18} |Utf8$)(.*)$");
    private static final Pattern DESCRIPTOR = Pattern.compile("^    descriptor: (\\(.*)$");
    private static final Pattern INSTRUCTION = Pattern.compile("^ +(\\d+): ([a-z]\\w*)\\b.*$");
    private static final Pattern DECLARED_NAME = Pattern.compile("([^\\s(]+)\\(");

    private final String className;
    private final List<String> methods = new ArrayList<>();
    private final Map<Integer, Integer> constantsByTag = new TreeMap<>();
    private long constantLength;
    private int bytes;
    private int methodCount;

    private JavapListing(final String className) {
        this.className = className;
    }

    /** Runs the running JDK's javap on a class. */
    public static JavapListing of(final String className) {
        final StringWriter out = new StringWriter();
        final PrintWriter writer = new PrintWriter(out);
        final int status = ToolProvider.findFirst("javap").orElseThrow()
            .run(writer, writer, "-v", "-p", "--module", "java.base", className);
        if (status != 0) {
            throw new AssertionError("javap " + className + " ended with " + status + ": " + out);
        }
        final JavapListing listing = new JavapListing(className);
        listing.read(out.toString().split("\n"));
        return listing;
    }

    /** Bytes of the class file. */
    public int bytes() {
        return bytes;
    }

    /** Number of methods. */
    public int methodCount() {
        return methodCount;
    }

    /** Number of constants by tag. */
    public Map<Integer, Integer> constantsByTag() {
        return constantsByTag;
    }

    /** Sum of the encoded sizes of all constants, tags excluded and spaces at the end of a text: javap drops those. */
    public long constantLength() {
        return constantLength;
    }

    /** {@code name descriptorLength codeLength} of each method, in file order. */
    public List<String> methods() {
        return methods;
    }

    private void read(final String[] lines) {
        for (int i = 0; i < lines.length; i++) {
            final String line = lines[i];
            final Matcher size = SIZE.matcher(line);
            final Matcher count = METHOD_COUNT.matcher(line);
            final Matcher constant = CONSTANT.matcher(line);
            final Matcher descriptor = DESCRIPTOR.matcher(line);
            if (size.find()) {
                bytes = Integer.parseInt(size.group(1));
            } else if (count.find()) {
                methodCount = Integer.parseInt(count.group(1));
            } else if (constant.matches()) {
                addConstant(TAGS.get(constant.group(1).strip()), constant.group(2));
            } else if (descriptor.matches()) {
                methods.add(declaredName(lines[i - 1]) + " " + descriptor.group(1).length() + " "
                    + codeLength(lines, i + 1));
            }
        }
    }

    private void addConstant(final int tag, final String value) {
        constantsByTag.merge(tag, 1, Integer::sum);
        constantLength += switch (tag) {
            case 1 -> 2 + encodedLength(unescape(value));
            case 5, 6 -> 8;
            case 7, 8, 16, 19, 20 -> 2;
            case 15 -> 3;
            default -> 4;
        };
    }

    private String declaredName(final String declaration) {
        if (declaration.strip().equals("static {};")) {
            return "<clinit>";
        }
        final Matcher matcher = DECLARED_NAME.matcher(declaration);
        if (!matcher.find()) {
            throw new AssertionError("no method name in: " + declaration);
        }
        return matcher.group(1).equals(className) ? "<init>" : matcher.group(1);
    }

    /** Offset after the last instruction: code ends with one that does not fall through. */
    private static int codeLength(final String[] lines, final int from) {
        int end = 0;
        boolean inCode = false;
        for (int i = from; i < lines.length && !lines[i].isEmpty() && !lines[i].startsWith("}"); i++) {
            final Matcher instruction = INSTRUCTION.matcher(lines[i]);
            if (lines[i].equals("    Code:")) {
                inCode = true;
            } else if (inCode && lines[i].matches(" {6}[A-Z]\\w+:.*")) {
                inCode = false;
            } else if (inCode && instruction.matches()) {
                end = Integer.parseInt(instruction.group(1)) + lastInstructionLength(instruction.group(2));
            }
        }
        return end;
    }

    private static int lastInstructionLength(final String mnemonic) {
        if (mnemonic.equals("athrow") || mnemonic.endsWith("return")) {
            return 1;
        }
        return mnemonic.equals("goto") ? 3 : Integer.MIN_VALUE;
    }

    private static String unescape(final String text) {
        final StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            if (c != '\\') {
                plain.append(c);
                continue;
            }
            i++;
            switch (text.charAt(i)) {
                case 'n', 't', 'r', 'b', 'f' -> plain.append('\n');
                case 'u' -> {
                    plain.append((char) Integer.parseInt(text.substring(i + 1, i + 5), 16));
                    i += 4;
                }
                default -> plain.append(text.charAt(i));
            }
        }
        return plain.toString();
    }

    private static int encodedLength(final String text) {
        return text.chars().map(c -> c == 0 ? 2 : c < 0x80 ? 1 : c < 0x800 ? 2 : 3).sum();
    }
}
