// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.manual;

import java.util.List;
import picocli.CommandLine.Model.OptionSpec;

/** Completion for fish. Stateless. */
final class FishCompletion {
    private FishCompletion() {
    }

    /**
     * The lines that fish reads.
     *
     * @param all the command around the others
     */
    static String of(final CommandTexts all, final List<CommandTexts> commands) {
        final String name = all.name();
        final StringBuilder text = new StringBuilder("# Made from the command's own help: do not edit.\n");
        text.append("complete -c ").append(name).append(" -f\n");
        for (final CommandTexts command : commands) {
            text.append("complete -c ").append(name).append(" -n __fish_use_subcommand -a ").append(command.name())
                .append(" -d ").append(quoted(command.summary())).append('\n');
        }
        all.options().forEach(option -> add(text, name + " -n __fish_use_subcommand", option));
        for (final CommandTexts command : commands) {
            final String here = name + " -n '__fish_seen_subcommand_from " + command.name() + "'";
            command.options().forEach(option -> add(text, here, option));
            if (command.parameters().stream().anyMatch(CommandTexts::isFile)) {
                text.append("complete -c ").append(here).append(" -F\n");
            }
        }
        return text.toString();
    }

    private static void add(final StringBuilder text, final String where, final OptionSpec option) {
        text.append("complete -c ").append(where);
        CommandTexts.names(option, false).forEach(name -> text.append(" -s ").append(name));
        CommandTexts.names(option, true).forEach(name -> text.append(" -l ").append(name));
        final List<String> values = CommandTexts.values(option);
        if (!values.isEmpty()) {
            text.append(" -x -a ").append(quoted(String.join(" ", values)));
        } else if (CommandTexts.isFile(option)) {
            text.append(" -r -F");
        } else if (option.arity().max() > 0) {
            text.append(option.longestName().equals("--pid") ? " -x -a '(__fish_complete_pids)'" : " -x");
        }
        text.append(" -d ").append(quoted(CommandTexts.description(option))).append('\n');
    }

    private static String quoted(final String words) {
        return '\'' + words.replace("\\", "\\\\").replace("'", "\\'") + '\'';
    }
}
