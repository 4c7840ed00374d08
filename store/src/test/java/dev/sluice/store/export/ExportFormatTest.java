// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.TraceReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The table of formats, and the page that has it. */
class ExportFormatTest {
    @TempDir
    Path temp;

    @Test
    void shouldBeInTheTablesOfThePageWhenItIsAFormat() throws Exception {
        final String page = Files.readString(Path.of(System.getProperty("sluice.root"), "docs/export.md"));
        assertThat(page).contains("| format | what is written |\n|---|---|\n" + Arrays.stream(ExportFormat.values())
            .map(format -> "| `" + format + "` | " + format.description() + " |\n")
            .collect(Collectors.joining("", "", "\n")));
        assertThat(page).contains(Arrays.stream(ExportFormat.values()).map(format -> "`" + format + "` |")
            .collect(Collectors.joining(" ", "| value | ", "\n")));
    }

    @Test
    void shouldSayWhatIsMissingWhenNobodyWritesTheFormat() {
        final TraceReader reader = new ExtremeTrace().write(temp.resolve("trace"));
        assertThatThrownBy(() -> ExportFormat.PARQUET.export(reader.events(), temp.resolve("parquet"),
            ExportWatch.SILENT)).isInstanceOf(TraceStoreException.class).hasMessage("format parquet is written by"
            + " the module sql, which is not on the class path: export by ./sluice, or add that module");
        assertThat(temp.resolve("parquet")).doesNotExist();
    }
}
