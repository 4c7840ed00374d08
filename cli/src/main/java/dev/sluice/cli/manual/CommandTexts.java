// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.manual;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The texts of one command's help, without line breaks and markup. For one thread. */
final class CommandTexts {
    private static final String EXIT_STATUS = "Exit status: ";

    private final CommandSpec spec;

    CommandTexts(final CommandLine command) {
        spec = command.getCommandSpec();
    }

    /** Its name, without that of the command around it. */
    String name() {
        return spec.name();
    }

    /** Its name as it is called. */
    String qualifiedName() {
        return spec.qualifiedName(" ");
    }

    /** What it does. */
    String description() {
        return plain(String.join(" ", spec.usageMessage().description()));
    }

    /** What it does, in a sentence without its full stop. */
    String summary() {
        // The command help, which is picocli's, has it in front of its description.
        final String header = plain(String.join(" ", spec.usageMessage().header()));
        return (header.isEmpty() ? description() : header).split("[.:;]( |$)", 2)[0];
    }

    /** What may stand behind its name. */
    String synopsis() {
        final String all = plain(new Help(spec, Help.defaultColorScheme(Help.Ansi.OFF)).synopsis(0));
        return all.substring(qualifiedName().length()).strip();
    }

    /** Options that are not hidden, in the order of their names. */
    List<OptionSpec> options() {
        return spec.options().stream().filter(option -> !option.hidden())
            .sorted(Comparator.comparing(option -> option.longestName().replaceFirst("^-+", ""))).toList();
    }

    /** Parameters that are not hidden, in their order. */
    List<PositionalParamSpec> parameters() {
        return spec.positionalParameters().stream().filter(parameter -> !parameter.hidden()).toList();
    }

    /** What it says of exit statuses; empty if nothing. */
    String exitStatus() {
        return footers().filter(line -> line.startsWith(EXIT_STATUS)).map(line -> line.substring(EXIT_STATUS.length()))
            .collect(Collectors.joining(" "));
    }

    /** What else it says at the end, line by line. */
    List<String> notes() {
        return footers().filter(line -> !line.startsWith(EXIT_STATUS)).toList();
    }

    private Stream<String> footers() {
        return Arrays.stream(spec.usageMessage().footer()).map(CommandTexts::plain).filter(line -> !line.isEmpty());
    }

    /** What an option or a parameter is for. */
    static String description(final ArgSpec argument) {
        return plain(String.join(" ", argument.description()));
    }

    /** What the value of an option is called; empty if it takes none. */
    static String label(final OptionSpec option) {
        return option.arity().max() == 0 ? "" : option.paramLabel();
    }

    /** Whether the values of an option or a parameter are names of files. */
    static boolean isFile(final ArgSpec argument) {
        final Class<?> type = argument.auxiliaryTypes()[0];
        return type == Path.class || type == File.class;
    }

    /** The values that an option or a parameter can have, if they are few; else none. */
    static List<String> values(final ArgSpec argument) {
        final List<String> values = new ArrayList<>();
        if (argument.auxiliaryTypes()[0].isEnum()) {
            // The command takes them in either case.
            Arrays.stream(argument.auxiliaryTypes()[0].getEnumConstants())
                .forEach(value -> values.add(value.toString().toLowerCase(Locale.ROOT)));
        } else if (argument.completionCandidates() != null) {
            argument.completionCandidates().forEach(values::add);
        }
        return values;
    }

    /** Names of an option's short or long form, without dashes. */
    static List<String> names(final OptionSpec option, final boolean isLong) {
        return Arrays.stream(option.names()).filter(name -> name.startsWith("--") == isLong)
            .map(name -> name.substring(isLong ? 2 : 1)).toList();
    }

    private static String plain(final String text) {
        // As the help has it: formatted, its markup read.
        return Help.Ansi.OFF.new Text(String.format(text)).toString().replaceAll("\\s+", " ").strip();
    }
}
