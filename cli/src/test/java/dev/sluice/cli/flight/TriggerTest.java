// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

/** What {@code --on} takes. */
class TriggerTest {
    private static Trigger read(final String text) {
        return new Trigger.Text().convert(text);
    }

    @ParameterizedTest
    @CsvSource({"orders:failed > 100/s,100,1000000000", "orders:failed>100/s,100,1000000000",
        "db:query[ms > 500 && rows == 0] > 20/10s,20,10000000000", "db:query[ms > 500]>0/500ms,0,500000000",
        "*:* > 1_000_000 / m,1000000,60000000000"})
    void shouldReadARate(final String text, final long events, final long periodNs) {
        final Trigger trigger = read(text);
        assertThat(trigger.kind()).isEqualTo(Trigger.Kind.RATE);
        assertThat(trigger.rate()).isEqualTo(new EventRate(events, periodNs));
        assertThat(trigger.selection()).isNotNull();
        assertThat(trigger.text()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"orders:failed", "db:query.ms > 500", "db:query[ms > 500]", "db:query[text == '] > 5/s']"})
    void shouldReadEvents(final String text) {
        assertThat(read(text).kind()).isEqualTo(Trigger.Kind.EVENT);
        assertThat(read(text).rate()).isNull();
    }

    @Test
    void shouldReadWhatHappensToProcesses() {
        assertThat(read("signal").kind()).isEqualTo(Trigger.Kind.SIGNAL);
        assertThat(read("exit").kind()).isEqualTo(Trigger.Kind.EXIT);
        assertThat(read("oom").kind()).isEqualTo(Trigger.Kind.OOM);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"orders;is none of PROVIDER:TRACEPOINT", "OOM;is none of PROVIDER:TRACEPOINT",
        "a:b > x/s;is none of", "a:b > 5/fortnight;'fortnight' is no time such as s, m, 500ms or 10s",
        "a:b > 5/1ms;a time of 10ms to 1h", "a:b > 5/2h;a time of 10ms to 1h",
        "a:b > 99999999999999999999/s;is no number of events"})
    void shouldSayWhatIsWrong(final String text, final String message) {
        assertThatThrownBy(() -> read(text)).isInstanceOf(TypeConversionException.class).hasMessageContaining(message)
            .hasMessageContaining("'" + text + "'");
    }

    /** A rate stands behind brackets, as it could be taken for a part of the field's condition. */
    @Test
    void shouldRefuseARateBehindAConditionWithoutBrackets() {
        assertThatThrownBy(() -> read("db:query.ms > 500/s")).isInstanceOf(TypeConversionException.class);
    }
}
