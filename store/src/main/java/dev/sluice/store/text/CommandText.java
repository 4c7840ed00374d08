// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.text;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Command lines of JVMs as a person wants to read them. Without state. */
public final class CommandText {
    private static final Set<String> PATHS =
        Set.of("-cp", "-classpath", "--class-path", "-p", "--module-path", "--upgrade-module-path");
    private static final String LEFT_OUT = "...";
    /** A path of this length is worth reading; and what is no path, such as a number of a program's own, is shorter. */
    private static final int SHORT = 60;
    private static final int MOST = 400;
    private static final String MIDDLE = " " + LEFT_OUT + " ";
    /** A path whose middle is missing already, since the traced program keeps begin and end of what is long. */
    private static final Pattern CUT_PATH =
        Pattern.compile("((?:^| )(?:" + String.join("|", PATHS) + ")[ =]\\S+) \\.\\.\\. (\\S*:\\S*)");

    private CommandText() {
    }

    /**
     * Leaves out long class and module paths, which say little, and the middle of what is long without them: at the end
     * stand the program's class and its arguments. Words are those between spaces, as /proc has lost where they were
     * apart.
     */
    public static String brief(final String commandLine) {
        final StringBuilder text = new StringBuilder();
        boolean isPath = false;
        for (final String word : words(commandLine)) {
            final int equals = word.indexOf('=');
            text.append(text.isEmpty() ? "" : " ");
            if (isPath && word.length() > SHORT) {
                text.append(LEFT_OUT);
            } else if (equals > 0 && PATHS.contains(word.substring(0, equals)) && word.length() > SHORT) {
                text.append(word, 0, equals + 1).append(LEFT_OUT);
            } else {
                text.append(word);
            }
            isPath = PATHS.contains(word);
        }
        return text.length() <= MOST ? text.toString() : withoutMiddle(text.toString());
    }

    /** The words of a command line; a path that was cut in its middle is one. */
    static List<String> words(final String commandLine) {
        return List.of(CUT_PATH.matcher(commandLine).replaceAll("$1" + LEFT_OUT + "$2").split(" ", -1));
    }

    /** Half of a surrogate pair is no character. */
    private static String withoutMiddle(final String text) {
        final int part = (MOST - MIDDLE.length()) / 2;
        final int rest = text.length() - part;
        return text.substring(0, Character.isHighSurrogate(text.charAt(part - 1)) ? part - 1 : part) + MIDDLE
            + text.substring(Character.isLowSurrogate(text.charAt(rest)) ? rest + 1 : rest);
    }
}
