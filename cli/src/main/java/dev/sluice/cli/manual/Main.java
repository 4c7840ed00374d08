// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.manual;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.AutoComplete;
import picocli.CommandLine;

/** Writes the pages of man and the completion for bash, zsh and fish, as they lie below {@code /usr/share}. */
public final class Main {
    private static final String NAME = "sluice";

    private Main() {
    }

    /**
     * Writes into the directory that the one argument names.
     *
     * @throws IOException if a file cannot be written
     */
    public static void main(final String[] arguments) throws IOException {
        if (arguments.length != 1) {
            throw new IllegalArgumentException("one directory is needed: arguments=" + List.of(arguments));
        }
        Locale.setDefault(Locale.ROOT);
        write(Path.of(arguments[0]));
    }

    private static void write(final Path directory) throws IOException {
        final CommandLine line = dev.sluice.cli.Main.withAllCommands();
        final List<CommandTexts> commands = new ArrayList<>();
        // A command has its name and no other, and help is one of them.
        line.getSubcommands().values().forEach(command -> commands.add(new CommandTexts(command)));
        final CommandTexts all = new CommandTexts(line);
        put(directory, "man/man1/" + NAME + ".1", ManPage.ofAll(all, commands));
        for (final CommandTexts command : commands) {
            put(directory, "man/man1/" + NAME + '-' + command.name() + ".1", ManPage.of(command, all));
        }
        put(directory, "bash-completion/completions/" + NAME, AutoComplete.bash(NAME, line));
        put(directory, "zsh/site-functions/_" + NAME, ZshCompletion.of(all, commands));
        put(directory, "fish/vendor_completions.d/" + NAME + ".fish", FishCompletion.of(all, commands));
    }

    private static void put(final Path directory, final String name, final String text) throws IOException {
        final Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text, StandardCharsets.UTF_8);
    }
}
