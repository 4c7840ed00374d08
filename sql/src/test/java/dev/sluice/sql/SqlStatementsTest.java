// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SqlStatementsTest {
    @Test
    void shouldCutAtSemicolonsThatStandInNothing() {
        assertThat(SqlStatements.all("select 1; ;select ';' || \";\" -- ;\n, 2; /* ; */ ; select $$;$$, $a$;$$$a$;"
            + "select e'\\';', 'it''s;'"))
            .containsExactly("select 1", "select ';' || \";\" -- ;\n, 2", "select $$;$$, $a$;$$$a$",
                "select e'\\';', 'it''s;'");
    }

    @Test
    void shouldKeepWhatIsNotComplete() {
        final SqlStatements.Parts parts = SqlStatements.parts("select 1; select 'a;\nb");
        assertThat(parts.complete()).isEqualTo(List.of("select 1"));
        assertThat(parts.rest()).isEqualTo(" select 'a;\nb");
        assertThat(SqlStatements.parts("select \"a;").complete()).isEmpty();
        assertThat(SqlStatements.parts("select /* a;").complete()).isEmpty();
        assertThat(SqlStatements.parts("select $x$ a; $y$;").complete()).isEmpty();
    }

    @Test
    void shouldCutWhateverTheLengthIs() {
        final String text = "select '" + "a''".repeat(200_000) + "'";
        assertThat(SqlStatements.all(text + ";" + text)).containsExactly(text, text);
    }
}
