// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.invoke.MethodHandles;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every wrong declaration is refused with a message that names method, cause and remedy, and declares nothing. */
class TypedDeclarationTest {
    private enum Empty { }

    interface NoProvider {
        void f();
    }

    @TraceProvider("wrong name")
    interface WrongName {
        void f();
    }

    @TraceProvider("wrong")
    interface Overloaded {
        void fine(long a);

        void fine(int a);
    }

    @TraceProvider("wrong")
    interface Returns {
        int f(long a);
    }

    @TraceProvider("wrong")
    interface Boxed {
        void f(long fine, Long a);
    }

    @TraceProvider("wrong")
    interface Character {
        void f(char a);
    }

    @TraceProvider("wrong")
    interface UnsignedText {
        void f(@Unsigned String a);
    }

    @TraceProvider("wrong")
    interface NoConstant {
        void f(Empty a);
    }

    @TraceProvider("wrong")
    interface UnitOfText {
        void f(@Name("a") @Unit("ns") String a);
    }

    @TraceProvider("wrong")
    interface BlankUnit {
        void f(@Name("a") @Unit(" ") long a);
    }

    @TraceProvider("wrong")
    interface LinesAsDescription {
        @Description("one\ntwo")
        void f();
    }

    @TraceProvider("wrong")
    interface SameNames {
        void f(@Name("a") int a, @Name("a") int b);
    }

    @TraceProvider("wrong")
    interface OddName {
        @Name("no identifier")
        void f();
    }

    @TraceProvider("wrong")
    interface OddField {
        void f(@Name("9") int a);
    }

    @TraceProvider("wrong")
    interface Guard {
        void f();

        boolean isGEnabled();
    }

    @TraceProvider("wrong")
    abstract static class NoInterface {
        abstract void f();
    }

    @TraceProvider("wrong")
    sealed interface Sealed permits Permitted {
        void f();
    }

    private record Permitted() implements Sealed {
        @Override
        public void f() {
            // Only there to be permitted.
        }
    }

    @TraceProvider("wrong_known")
    interface Known {
        void known(long a);
    }

    private static Stream<Arguments> declarations() {
        return Stream.of(
            Arguments.of(NoProvider.class, "NoProvider has no provider: annotate it with @TraceProvider"),
            Arguments.of(WrongName.class, "WrongName: provider name=wrong name is no identifier"),
            Arguments.of(Overloaded.class, "are both tracepoint wrong:fine: give one of them another name by @Name"),
            Arguments.of(Returns.class, "Returns.f(long) returns int: a tracepoint returns void, or boolean"),
            Arguments.of(Boxed.class, "Boxed.f(long, java.lang.Long), parameter 2: a is of type java.lang.Long"),
            Arguments.of(Character.class, "Character.f(char), parameter 1: a is of type char, which no field can hold:"
                + " use byte, short"),
            Arguments.of(UnsignedText.class, "cannot be @Unsigned: only byte"),
            Arguments.of(UnitOfText.class, "parameter 1: field string a cannot have unit=ns: only numbers have units"),
            Arguments.of(BlankUnit.class, "parameter 1: unit= : it must be one line of 1 to 32 characters"),
            Arguments.of(LinesAsDescription.class, "it must be one line of 1 to 256 characters"),
            Arguments.of(NoConstant.class, "enumeration a has labels=0"),
            Arguments.of(SameNames.class, "SameNames.f(int, int): tracepoint f needs at most 64 fields with different"),
            Arguments.of(OddName.class, "OddName.f(): tracepoint name=no identifier is no identifier"),
            Arguments.of(OddField.class, "OddField.f(int), parameter 1: field name=9 is no identifier"),
            Arguments.of(Guard.class, "Guard.isGEnabled() guards no tracepoint: no method g fires one"),
            Arguments.of(NoInterface.class, "NoInterface is no interface: declare"),
            Arguments.of(Sealed.class, "Sealed is sealed"));
    }

    @ParameterizedTest
    @MethodSource("declarations")
    void shouldSayWhatIsWrongWhenTheDeclarationIs(final Class<?> type, final String message) {
        assertThatThrownBy(() -> Sluice.provider(type)).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(message);
        assertThat(Provider.named("wrong").tracepoints()).isEmpty();
    }

    @Test
    void shouldNameTheMethodWhenItsTracepointHasOtherFields() {
        Provider.named("wrong_known").tracepoint("known", Field.int32("a"));
        assertThatThrownBy(() -> Sluice.provider(Known.class)).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("Known.known(long): tracepoint wrong_known:known is declared already with")
            .hasMessageContaining("give one of them another name");
    }

    @Test
    void shouldRefuseWhenTheLookupHasNoAccess() {
        assertThatThrownBy(() -> Sluice.provider(Known.class, null)).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("MethodHandles.lookup()");
        assertThatThrownBy(() -> Sluice.provider(Known.class, MethodHandles.publicLookup()))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("MethodHandles.lookup()");
        assertThatThrownBy(() -> Sluice.provider(null)).isInstanceOf(IllegalArgumentException.class);
    }
}
