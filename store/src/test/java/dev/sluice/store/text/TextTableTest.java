// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TextTableTest {
    @Test
    void shouldStandToTheRightWhenAColumnHoldsNumbersOnly() {
        final TextTable table = TextTable.ofAnything().row("probe", "hits", "sites", "last")
            .row("a:b", "1,234", "3/4", "x").row(() -> new Object[] {"longer:one", 7, "?", "seven"});
        assertThat(table.toString()).isEqualTo("""
            probe        hits  sites  last
            a:b         1,234    3/4  x
            longer:one      7      ?  seven
            """);
    }

    @Test
    void shouldStandToTheRightWhateverItIsWhenATableIsOfFigures() {
        final StringBuilder text = new StringBuilder();
        TextTable.ofFigures().row("field", "value", "count").row("f", "GREEN", 12).appendTo(text, "  ");
        assertThat(text.toString()).isEqualTo("  field  value  count\n  f      GREEN     12\n");
    }

    @Test
    void shouldPrintTheSameWhenItIsWrittenOut() {
        final TextTable table = TextTable.ofAnything().row("a", "b").row("\u001b[2J", "2");
        final StringWriter written = new StringWriter();
        final PrintWriter out = new PrintWriter(written);
        table.print(out);
        out.flush();
        assertThat(written.toString()).isEqualTo(table.toString()).contains("\\u001B[2J").doesNotContain("\u001b");
    }
}
