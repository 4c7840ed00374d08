// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cli.MainTest;
import dev.sluice.sql.OrdersTrace;
import dev.sluice.testsupport.OneJdk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What docs/sql.md shows is what the command prints. */
@OneJdk
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class SqlDocTest {
    private static final Pattern EXAMPLE = Pattern.compile("(?s)```sh\n\\./sluice (sql .*?)\n```\n\n```\n(.*?)```");
    private static final Pattern ARGUMENT = Pattern.compile("(?s)\"([^\"]*)\"|'([^']*)'|([^\\s\"']+)");
    private static final int EXAMPLES = 7;

    @TempDir
    Path temp;

    /** The words of a line for a shell that has no substitutions and no escapes. */
    static List<String> arguments(final String line) {
        final List<String> arguments = new ArrayList<>();
        final Matcher argument = ARGUMENT.matcher(line);
        while (argument.find()) {
            arguments.add(argument.group(1) != null ? argument.group(1)
                : argument.group(2) != null ? argument.group(2) : argument.group(3));
        }
        return arguments;
    }

    @Test
    void shouldPrintWhatThePageShows() throws Exception {
        OrdersTrace.write(temp.resolve("orders.trace"));
        final Matcher example =
            EXAMPLE.matcher(Files.readString(Path.of(System.getProperty("sluice.root"), "docs", "sql.md")));
        int count = 0;
        while (example.find()) {
            final String[] arguments = arguments(example.group(1)).stream()
                .map(text -> text.equals("orders.trace") ? temp.resolve(text).toString() : text).toArray(String[]::new);
            assertThat(MainTest.runMain(arguments).text()).as(example.group(1)).isEqualTo(example.group(2));
            count++;
        }
        assertThat(count).isGreaterThanOrEqualTo(EXAMPLES);
    }
}
