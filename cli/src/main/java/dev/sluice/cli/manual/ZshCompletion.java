// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.manual;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Completion for zsh. Stateless. */
final class ZshCompletion {
    private static final String NEXT = " \\\n                ";

    private ZshCompletion() {
    }

    /**
     * The function that zsh loads.
     *
     * @param all the command around the others
     */
    static String of(final CommandTexts all, final List<CommandTexts> commands) {
        final String name = all.name();
        final String described = commands.stream()
            .map(command -> "        " + quoted(command.name() + ':' + command.summary()) + '\n')
            .collect(Collectors.joining());
        final String cases = commands.stream().map(command -> "            (" + command.name() + ")\n"
            + "                _arguments -s -S" + arguments(command) + '\n' + "                ;;\n")
            .collect(Collectors.joining());
        return "#compdef " + name + "\n# Made from the command's own help: do not edit.\n\n_" + name + "() {\n"
            + "    local context state state_descr line\n    typeset -A opt_args\n    local -a commands\n"
            + "    commands=(\n" + described + "    )\n"
            + "    _arguments -C" + all.options().stream().map(ZshCompletion::option).collect(Collectors.joining())
            + NEXT + "'1: :->command'" + NEXT + "'*:: :->argument'\n"
            + "    case $state in\n"
            + "    (command)\n        _describe -t commands '" + name + " command' commands\n        ;;\n"
            + "    (argument)\n        case $words[1] in\n" + cases + "        esac\n        ;;\n    esac\n}\n\n_"
            + name + " \"$@\"\n";
    }

    private static String arguments(final CommandTexts command) {
        return Stream.concat(command.options().stream().map(ZshCompletion::option),
            command.parameters().stream().map(ZshCompletion::parameter)).collect(Collectors.joining());
    }

    private static String option(final OptionSpec option) {
        final String label = CommandTexts.label(option);
        final String description = '[' + escaped(CommandTexts.description(option)) + ']';
        final String value = label.isEmpty() ? "" : ':' + escaped(label) + ':' + action(option);
        final boolean isRepeated = option.isMultiValue();
        final String others = Arrays.stream(option.names()).collect(Collectors.joining(" ", "(", ")"));
        return Arrays.stream(option.names())
            // A long option's value may stand behind "=" as well.
            .map(name -> NEXT + quoted((isRepeated ? "*" : others) + name
                + (!label.isEmpty() && name.startsWith("--") ? "=" : "") + description + value))
            .collect(Collectors.joining());
    }

    private static String parameter(final PositionalParamSpec parameter) {
        final boolean isRepeated = parameter.arity().max() > 1;
        return NEXT + quoted((isRepeated ? "*" : "") + ':' + escaped(parameter.paramLabel()) + ':' + action(parameter));
    }

    private static String action(final ArgSpec argument) {
        final List<String> values = CommandTexts.values(argument);
        if (!values.isEmpty()) {
            return '(' + String.join(" ", values) + ')';
        }
        if (CommandTexts.isFile(argument)) {
            return "_files";
        }
        return argument instanceof OptionSpec option && option.longestName().equals("--pid") ? "_pids" : " ";
    }

    private static String escaped(final String words) {
        return words.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:");
    }

    private static String quoted(final String words) {
        return '\'' + words.replace("'", "'\\''") + '\'';
    }
}
