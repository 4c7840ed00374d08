// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.manual;

import dev.sluice.store.format.TraceInfo;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** A page of man, in the language of groff_man(7). For one thread. */
final class ManPage {
    private final StringBuilder text = new StringBuilder(".\\\" Made from the command's own help: do not edit.\n");

    private ManPage() {
    }

    /** The page of the command around all others. */
    static String ofAll(final CommandTexts all, final List<CommandTexts> commands) {
        final ManPage page = new ManPage();
        page.begin(all);
        page.line(".SH COMMANDS");
        for (final CommandTexts command : commands) {
            page.line(".TP");
            page.line(bold(command.name()));
            page.paragraph(command.summary() + '.');
        }
        page.options(all);
        page.end(all, all);
        page.line(".SH SEE ALSO");
        page.line(commands.stream().map(command -> bold(all.name() + '-' + command.name()) + "(1)")
            .collect(Collectors.joining(", ")));
        return page.text.toString();
    }

    /**
     * The page of one command.
     *
     * @param all the command around it
     */
    static String of(final CommandTexts command, final CommandTexts all) {
        final ManPage page = new ManPage();
        page.begin(command);
        page.options(command);
        page.end(command, all);
        page.line(".SH SEE ALSO");
        page.line(bold(all.name()) + "(1)");
        return page.text.toString();
    }

    private void begin(final CommandTexts command) {
        final String name = command.qualifiedName().replace(' ', '-');
        line(".TH " + escaped(name.toUpperCase(Locale.ROOT)) + " 1 \"\" \"" + escaped("Sluice " + TraceInfo.VERSION)
            + "\" \"Sluice\"");
        line(".SH NAME");
        line(escaped(name) + " \\- " + escaped(command.summary()));
        line(".SH SYNOPSIS");
        line(bold(command.qualifiedName()));
        paragraph(command.synopsis());
        line(".SH DESCRIPTION");
        paragraph(command.description());
    }

    private void options(final CommandTexts command) {
        if (!command.parameters().isEmpty()) {
            line(".SH ARGUMENTS");
        }
        for (final PositionalParamSpec parameter : command.parameters()) {
            line(".TP");
            line(italic(parameter.paramLabel()));
            paragraph(CommandTexts.description(parameter));
        }
        if (!command.options().isEmpty()) {
            line(".SH OPTIONS");
        }
        for (final OptionSpec option : command.options()) {
            final String label = CommandTexts.label(option);
            line(".TP");
            line(Arrays.stream(option.names()).map(ManPage::bold).collect(Collectors.joining(", "))
                + (label.isEmpty() ? "" : " " + italic(label)));
            paragraph(CommandTexts.description(option));
        }
    }

    private void end(final CommandTexts command, final CommandTexts all) {
        if (!command.notes().isEmpty()) {
            line(".SH NOTES");
            command.notes().forEach(note -> {
                line(".PP");
                paragraph(note);
            });
        }
        line(".SH EXIT STATUS");
        paragraph(command.exitStatus().isEmpty() ? all.exitStatus() : command.exitStatus());
    }

    private void paragraph(final String words) {
        line(escaped(words));
    }

    private void line(final String line) {
        text.append(line).append('\n');
    }

    private static String bold(final String words) {
        return "\\fB" + escaped(words) + "\\fR";
    }

    private static String italic(final String words) {
        return "\\fI" + escaped(words) + "\\fR";
    }

    /** As groff prints it: a plain hyphen is a minus sign that can be searched for, and no line is a request. */
    static String escaped(final String words) {
        final String plain = words.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
            .replace("^", "\\(ha").replace("~", "\\(ti").replace("`", "\\(ga");
        return plain.startsWith(".") ? "\\&" + plain : plain;
    }
}
