// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.cli.output.CommandException;
import dev.sluice.store.text.JavaProgram;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

/** What command lines say that they run. */
class JavaProgramTest {
    private static List<String> names(final String line) {
        return JavaProgram.of(List.of(line.split(" "))).map(JavaProgram::names).orElse(List.of());
    }

    @Test
    void shouldNameClassModuleOrJarWhenACommandLineIsOfAJvm() {
        assertThat(names("java -Xmx1g -cp a.jar:b com.shop.Orders x y")).containsExactly("com.shop.Orders", "Orders");
        assertThat(names("/usr/bin/java --class-path=a com/shop/Orders")).containsExactly("com.shop.Orders", "Orders");
        assertThat(names("java @flags -p mods --add-modules a.b -m shop/com.shop.Orders"))
            .containsExactly("shop/com.shop.Orders", "com.shop.Orders", "Orders", "shop");
        assertThat(names("java --module=shop")).containsExactly("shop");
        assertThat(names("java -jar -Xmx1g /opt/app/orders.jar com.shop.Other"))
            .containsExactly("orders.jar", "/opt/app/orders.jar");
        assertThat(names("java src/Orders.java 12")).containsExactly("Orders.java", "src/Orders.java");
    }

    @Test
    void shouldNameNothingWhenItIsNoCallOfJavaOrSaysNothing() {
        assertThat(names("javac com.shop.Orders")).isEmpty();
        assertThat(names("/bin/bash java Orders")).isEmpty();
        assertThat(names("java -version")).isEmpty();
        assertThat(names("java -cp")).isEmpty();
        assertThat(names("java -m")).isEmpty();
        assertThat(JavaProgram.of(List.of())).isEmpty();
    }

    @Test
    void shouldTakeNumbersForIdsAndRefuseThoseThatAreNone() {
        assertThat(ProcessName.of("42").pid()).isEqualTo(42);
        assertThat(ProcessName.of("Orders2").isPid()).isFalse();
        for (final String wrong : List.of("0", "-5", "+7", "12345678901234567890", " ")) {
            assertThatThrownBy(() -> ProcessName.of(wrong)).isInstanceOf(TypeConversionException.class);
        }
        assertThatThrownBy(() -> ProcessName.of("no.such.Program").pid()).isInstanceOf(CommandException.class)
            .hasMessageContaining("no Java program that runs is called 'no.such.Program'")
            .hasMessageContaining("sluice list");
    }
}
