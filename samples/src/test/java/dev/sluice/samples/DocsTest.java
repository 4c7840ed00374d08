// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testsupport.OneJdk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the pages say of the sources is so: names, links, rules, arrows between packages, messages. */
@OneJdk
class DocsTest {
    private static final SourceTree TREE = SourceTree.read();
    private static final List<String> TOP_PAGES =
        List.of("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md");
    private static final Pattern MEMBER = Pattern.compile("([A-Z]\\w*[a-z]\\w*)[#.](?!java$)([a-z]\\w+|[A-Z][A-Z_]+)");
    /** What looks like a class of ours: a word that begins as one and has small letters. */
    private static final Pattern CLASS = Pattern.compile("(?!R[0-9])([A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)*)(\\.java)?");
    private static final Pattern FAULT = Pattern.compile("[A-Z]+(?:_[A-Z]+)+");
    /** A package of ours, perhaps with a class in it. */
    private static final Pattern QUALIFIED = Pattern.compile("dev\\.sluice(?:\\.[a-z]\\w*)+(?:\\.([A-Z]\\w*))?");
    private static final Pattern PATH = Pattern.compile("[\\w.-]+(?:/[\\w.-]+)+");
    /** Names of others, constants of the system's, and how names of fields may end. */
    private static final Set<String> OTHERS = Set.of("DistinctErrorLog", "AutoCloseable", "Ns", "Us", "Ms");
    private static final Pattern RULE = Pattern.compile("\\bR([0-9]+)\\b");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)(#[^)]*)?\\)");
    private static final Pattern ARROWS = Pattern.compile("```arrows\n(.*?)```", Pattern.DOTALL);

    /** Pages that describe the sources as they are now. Decisions say what was so when they were made. */
    private static List<String> pages() {
        return Stream.concat(TOP_PAGES.stream(), TREE.matching("docs/[^/]+\\.md").stream()).toList();
    }

    @Test
    void shouldLeadSomewhereWhenAPageHasALink() {
        final List<String> broken = new ArrayList<>();
        Stream.concat(pages().stream(), TREE.matching("docs/.+/.+\\.md").stream()).forEach(page -> {
            final Matcher link = LINK.matcher(SourceTree.withoutBlocks(TREE.text(page)));
            while (link.find()) {
                final Path target = Path.of("/" + page).resolveSibling(link.group(1)).normalize();
                if (!link.group(1).contains(":") && !TREE.has(target.toString().substring(1))) {
                    broken.add(page + ": " + link.group(1));
                }
            }
        });
        assertThat(broken).as("links that lead nowhere").isEmpty();
    }

    @Test
    void shouldExistWhenAPageNamesAFileAClassOrAMember() {
        final List<String> missing = new ArrayList<>();
        for (final String page : pages()) {
            for (final String span : SourceTree.codeSpans(TREE.text(page))) {
                if (!isThere(span)) {
                    missing.add(page + ": " + span);
                }
            }
        }
        assertThat(missing).as("names on pages that are nowhere in the sources").isEmpty();
    }

    private static boolean isThere(final String span) {
        final Matcher qualified = QUALIFIED.matcher(span);
        if (qualified.matches()) {
            final String place = ".*/java/" + span.replace('.', '/');
            return !TREE.matching(place + (qualified.group(1) == null ? "/[^/]+" : "\\.java")).isEmpty();
        }
        final Matcher member = MEMBER.matcher(span);
        if (member.matches()) {
            return TREE.hasMember(member.group(1), member.group(2));
        }
        if (PATH.matcher(span).matches()) {
            final String folder = span.substring(0, span.indexOf('/'));
            // What is none of our folders is a path of the system's, or something else with a slash in it.
            return !TREE.has(folder) || span.startsWith("target/") || TREE.has(span);
        }
        final Matcher name = CLASS.matcher(span);
        return !name.matches() || OTHERS.contains(span) || !TREE.declaring(name.group(1)).isEmpty();
    }

    @Test
    void shouldDefineEveryRuleThatIsCitedAndCiteEveryRuleThatIsDefined() {
        final String page = TREE.text("docs/invariants.md");
        final Set<String> defined = new TreeSet<>();
        final Matcher heading = Pattern.compile("(?m)^## (R[0-9]+) ").matcher(page);
        while (heading.find()) {
            defined.add(heading.group(1));
        }
        final Set<String> cited = new TreeSet<>();
        TREE.matching(".*\\.(java|[ch]|md|sh)").stream().filter(path -> !path.equals("docs/invariants.md"))
            .forEach(path -> RULE.matcher(TREE.text(path)).results().forEach(rule -> cited.add(rule.group())));
        assertThat(cited).isEqualTo(defined);
    }

    /** A rule has a reason, a guard, a test; what it says of seeded faults is what the enumeration has. */
    @Test
    void shouldNameReasonGuardTestAndEverySeededFaultWhenARuleIsDefined() {
        final String page = TREE.text("docs/invariants.md");
        for (final String rule : page.split("(?m)^## R")) {
            if (rule.matches("(?s)[0-9].*")) {
                assertThat(rule).contains("**Why.**", "**Guard.**", "**Test.**", "**Seeded fault.**");
            }
        }
        final Set<String> named = SourceTree.codeSpans(page).stream().filter(span -> FAULT.matcher(span).matches())
            .collect(Collectors.toCollection(TreeSet::new));
        final Set<String> seeded = new TreeSet<>();
        final Matcher fault = Pattern.compile("(?m)^    (" + FAULT + ")\\(").matcher(
            TREE.declaring("RingFault").get(0));
        while (fault.find()) {
            seeded.add(fault.group(1));
        }
        assertThat(named).isEqualTo(seeded);
    }

    @Test
    void shouldListEveryModuleWhenItIsBuilt() {
        final String page = TREE.text("docs/architecture.md");
        TREE.matching("(.+/)?pom\\.xml").forEach(pom -> {
            final Matcher module = Pattern.compile("<module>(.*?)</module>").matcher(TREE.text(pom));
            while (module.find()) {
                assertThat(page).as("the table of modules").contains('`' + module.group(1) + '`');
            }
        });
    }

    @Test
    void shouldDrawTheArrowsThatTheSourcesHaveAndNoneThatRunsBack() {
        final Matcher arrows = ARROWS.matcher(TREE.text("docs/architecture.md"));
        assertThat(arrows.find()).isTrue();
        final Map<String, Set<String>> drawn = new TreeMap<>();
        final List<String> above = new ArrayList<>();
        arrows.group(1).lines().forEach(line -> {
            final String[] sides = line.split("->");
            final String user = sides[0].strip();
            final Set<String> used = new TreeSet<>(
                sides.length < 2 ? List.of() : List.of(sides[1].strip().split(" +")));
            assertThat(Collections.disjoint(used, above)).as("%s uses nothing that stands above it", user).isTrue();
            above.add(user);
            drawn.put(user, used);
        });
        final Map<String, Set<String>> found = packages();
        assertThat(drawn).as("the lines must be, new ones in their place:%n%s", lines(found, above)).isEqualTo(found);
    }

    /** As they are to be drawn, where the order of those that are drawn already stays. */
    private static String lines(final Map<String, Set<String>> packages, final List<String> drawn) {
        final Comparator<String> order = Comparator.comparingInt(
            name -> drawn.contains(name) ? drawn.indexOf(name) : drawn.size());
        return packages.keySet().stream().sorted(order).map(user -> (String.format(Locale.ROOT, "%-16s -> ", user)
            + packages.get(user).stream().sorted(order).collect(Collectors.joining(" "))).replaceAll(" *-> $", ""))
            .collect(Collectors.joining("\n"));
    }

    /** What each package of the main sources names of other packages, without "dev.sluice.". */
    private static Map<String, Set<String>> packages() {
        final Pattern named = Pattern.compile("\\bdev\\.sluice\\.((?:[a-z]\\w*\\.)*[a-z]\\w*)\\.[A-Z]");
        final Map<String, Set<String>> packages = new TreeMap<>();
        for (final String file : TREE.matching(".*/src/main/java/.*\\.java")) {
            final String folder = file.substring(file.indexOf("/src/main/java/"), file.lastIndexOf('/'));
            final String name = folder.substring("/src/main/java/dev/sluice/".length()).replace('/', '.');
            final Set<String> uses = packages.computeIfAbsent(name, key -> new TreeSet<>());
            // What a text names is for people, or for another process.
            named.matcher(TREE.text(file).replaceAll("\"(\\\\.|[^\"\\\\\n])*\"", "")).results()
                .map(match -> match.group(1)).filter(other -> !other.equals(name)).forEach(uses::add);
        }
        return packages;
    }

    @Test
    void shouldBePrintedSomewhereWhenAMessageIsAHeading() {
        final List<String> texts = new ArrayList<>();
        TREE.matching(".*/src/main/java/.*\\.java").forEach(file -> texts.add(PrintedTexts.ofJava(TREE.text(file))));
        TREE.matching("sluice|scripts/.*\\.sh").forEach(file -> texts.add(PrintedTexts.ofShell(TREE.text(file))));
        final List<String> unknown = new ArrayList<>();
        final Matcher heading = Pattern.compile("(?m)^### (.*)$").matcher(TREE.text("docs/troubleshooting.md"));
        int headings = 0;
        while (heading.find()) {
            headings++;
            final String message = heading.group(1);
            assertThat(message).startsWith("`").endsWith("`");
            final String literal = message.substring(1, message.length() - 1);
            final Pattern line = PrintedTexts.line(literal);
            if (texts.stream().noneMatch(text -> line.matcher(text).find())) {
                unknown.add(literal);
            }
        }
        assertThat(headings).isGreaterThan(25);
        assertThat(unknown).as("messages that nothing prints").isEmpty();
    }

    @Test
    void shouldBeShortAndLeadToEveryPageWhenItIsTheReadme() {
        final String readme = TREE.text("README.md");
        assertThat(readme.lines().count()).isLessThanOrEqualTo(150);
        pages().stream().filter(page -> !page.equals("README.md"))
            .forEach(page -> assertThat(readme).contains("](" + page + ")"));
    }
}
