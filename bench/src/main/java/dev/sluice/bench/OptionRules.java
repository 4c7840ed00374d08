// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Which options of {@link Main} go together: one that would be ignored is refused. Stateless: any thread. */
final class OptionRules {
    private static final String CLOCK = "--clock";
    private static final String INCLUDE = "--include";
    private static final String SEED = "--seed";
    private static final String ROUNDS = "--rounds";
    private static final String QUICK = "--quick";

    /** What is measured in place of all paths, with the options that go with it besides those that always do. */
    private static final Map<String, List<String>> MODES = new TreeMap<>(Map.of(
        "--jmh", List.of(CLOCK, INCLUDE),
        "--trap", List.of(CLOCK, INCLUDE),
        "--pairs", List.of(CLOCK),
        "--sustained", List.of(CLOCK),
        "--jfr", List.of(CLOCK),
        "--reading", List.of(),
        "--large", List.of()));
    private static final List<String> OF_PATHS = List.of("--paths", "--rivals", "--sweep", SEED);
    private static final List<String> CHOSEN = List.of(CLOCK, INCLUDE, "--paths", "--rivals", "--sweep", SEED);

    private OptionRules() {
    }

    /**
     * Says which option would be ignored.
     *
     * @param isGiven whether an option was given, by its name
     * @return what is wrong, with the remedy; empty if nothing is
     */
    static String problem(final Predicate<String> isGiven) {
        final List<String> modes = MODES.keySet().stream().filter(isGiven).toList();
        if (modes.size() > 1) {
            return modes.get(0) + " and " + modes.get(1) + " each measure something of their own: give one of them";
        }
        if (isGiven.test(QUICK) && isGiven.test(ROUNDS)) {
            return QUICK + " is one round: leave " + ROUNDS + " out, or " + QUICK;
        }
        // With --include alone it is --jmh.
        final List<String> allowed = modes.isEmpty() ? isGiven.test(INCLUDE) ? MODES.get("--jmh") : List.of()
            : MODES.get(modes.get(0));
        final boolean isOfPaths = modes.isEmpty() && !isGiven.test(INCLUDE);
        return CHOSEN.stream().filter(isGiven)
            .filter(option -> isOfPaths ? !option.equals(CLOCK) && !OF_PATHS.contains(option)
                : !allowed.contains(option))
            .findFirst().map(option -> option + " says nothing with " + (modes.isEmpty() ? INCLUDE : modes.get(0))
                + ": leave it out").orElse("");
    }
}
