// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The files of the checkout that is tested, without what a build makes, as they are when they are read first. */
final class SourceTree {
    /** What Maven builds into. */
    private static final String BUILT = "target";
    private static final Set<String> NOT_OURS = Set.of(BUILT, ".git", ".idea", ".mvn");

    /** By path from the root, with '/'. */
    private final TreeMap<String, Path> files = new TreeMap<>();
    /** Texts that were read before. */
    private final Map<String, String> texts = new ConcurrentHashMap<>();

    private SourceTree() {
    }

    /** A package may be called as what Maven builds into: that one lies beside a pom. */
    private static boolean isOurs(final Path root, final Path directory) {
        final String name = String.valueOf(directory.getFileName());
        return directory.equals(root) || !NOT_OURS.contains(name)
            || BUILT.equals(name) && !Files.exists(directory.resolveSibling("pom.xml"));
    }

    /** Reads the names of all files below the root of the checkout. */
    static SourceTree read() {
        final Path root = Path.of(System.getProperty("sluice.root"));
        final SourceTree tree = new SourceTree();
        try {
            Files.walkFileTree(root, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(final Path directory, final BasicFileAttributes attributes) {
                    return isOurs(root, directory) ? FileVisitResult.CONTINUE
                        : FileVisitResult.SKIP_SUBTREE;
                }

                @Override
                public FileVisitResult visitFile(final Path file, final BasicFileAttributes attributes) {
                    tree.files.put(root.relativize(file).toString(), file);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return tree;
    }

    /** Paths that match all of a regular expression. */
    List<String> matching(final String regex) {
        final Pattern pattern = Pattern.compile(regex);
        return files.keySet().stream().filter(path -> pattern.matcher(path).matches()).toList();
    }

    /** Whether there is a file, or a folder with files, of that path. */
    boolean has(final String path) {
        final String folder = path.endsWith("/") ? path : path + "/";
        final String next = files.ceilingKey(folder);
        return files.containsKey(path) || next != null && next.startsWith(folder);
    }

    /** The text of a file. */
    String text(final String path) {
        return texts.computeIfAbsent(path, this::read);
    }

    private String read(final String path) {
        try {
            return Files.readString(files.get(path));
        } catch (final IOException e) {
            throw new UncheckedIOException(path, e);
        }
    }

    /** Texts of the Java files that declare a class of that simple name: its own file, or the one around it. */
    List<String> declaring(final String simpleName) {
        final List<String> own = matching("(.*/)?" + simpleName + "\\.java").stream().map(this::text).toList();
        if (!own.isEmpty()) {
            return own;
        }
        final Pattern nested = Pattern.compile("\\b(class|interface|enum|record|@interface) " + simpleName + "\\b");
        return matching(".*\\.java").stream().map(this::text).filter(text -> nested.matcher(text).find()).toList();
    }

    /** Whether a class of that name has a member (method, field or constant) of that name. */
    boolean hasMember(final String simpleName, final String member) {
        // A declaration: a type, or for a constant of an enumeration the begin of the line, and the name.
        final Pattern declaration = Pattern.compile("(?m)^ +(?:[\\w<>\\[\\].,?@ ]+ )?" + member + "(\\(|;| =|,$)");
        return declaring(simpleName).stream().anyMatch(text -> declaration.matcher(text).find());
    }

    /** A page's code spans outside of fenced blocks. */
    static List<String> codeSpans(final String page) {
        final List<String> spans = new ArrayList<>();
        final Matcher span = Pattern.compile("`([^`\n]+)`").matcher(withoutBlocks(page));
        while (span.find()) {
            spans.add(span.group(1));
        }
        return spans;
    }

    /** A page without its fenced blocks. */
    static String withoutBlocks(final String page) {
        return Pattern.compile("^```.*?^```", Pattern.DOTALL | Pattern.MULTILINE).matcher(page).replaceAll("");
    }
}
