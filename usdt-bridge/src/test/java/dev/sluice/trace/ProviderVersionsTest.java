// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static dev.sluice.trace.Field.int64;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.target.LocalSession;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Issue 9: an application that is deployed again above one copy of the library may have changed its fields. */
class ProviderVersionsTest {
    @TraceProvider("deployed")
    interface First {
        boolean request(@Name("id") long id);
    }

    @TraceProvider("deployed")
    interface Second {
        boolean request(@Name("id") long id, @Name("user") String user);
    }

    @TraceProvider("half_refused")
    interface Refused {
        void fine(@Name("a") long a);

        void known(@Name("a") int a);
    }

    @TraceProvider("never_there")
    interface NotToSee {
        void f(@Name("a") long a);
    }

    /** Defines the interfaces of this class anew, as a web application's class loader does. */
    private static final class Deployment extends ClassLoader {
        Deployment() {
            super(ProviderVersionsTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(final String name, final boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith(ProviderVersionsTest.class.getName()) || findLoadedClass(name) != null) {
                return super.loadClass(name, resolve);
            }
            try (InputStream code = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                final byte[] bytes = code.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (final IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }

    private static Object deploy(final Class<?> type) throws ClassNotFoundException {
        return Sluice.provider(new Deployment().loadClass(type.getName()));
    }

    @Test
    void shouldKeepBothVersionsWhenAnotherLoaderDeclaresOtherFields() throws Exception {
        final Object first = deploy(First.class);
        final Object second = deploy(Second.class);
        final Object firstAgain = deploy(First.class);
        final Provider provider = Provider.lookup("deployed").orElseThrow();
        assertThat(provider.tracepoints()).extracting(Tracepoint::toString).containsExactly(
            "deployed:request[int64 id]", "deployed:request[int64 id, string user]");
        assertThat(provider.find("request").fields()).hasSize(2);
        final List<Tracepoint> versions = List.copyOf(provider.tracepoints());
        assertThat(versions.get(0).id()).isNotEqualTo(versions.get(1).id());
        try (LocalSession session = LocalSession.enable("deployed")) {
            final long before = session.tail();
            for (final Object one : List.of(first, firstAgain)) {
                assertThat(call(one, new Class<?>[] {long.class}, 7L)).isTrue();
            }
            assertThat(call(second, new Class<?>[] {long.class, String.class}, 7L, "me")).isTrue();
            assertThat(session.tail()).isGreaterThan(before);
        }
    }

    private static boolean call(final Object trace, final Class<?>[] types, final Object... arguments)
        throws ReflectiveOperationException {
        final var method = trace.getClass().getMethod("request", types);
        method.setAccessible(true);
        return (boolean) method.invoke(trace, arguments);
    }

    @Test
    void shouldRefuseOtherFieldsInTheSameLoader() {
        Provider.named("one_loader").tracepoint("t", int64("a"));
        assertThatThrownBy(() -> Provider.named("one_loader").tracepoint("t", int64("b")))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("is declared already with fields");
    }

    @Test
    void shouldDeclareNothingWhenAnInterfaceIsRefused() {
        Provider.named("half_refused").tracepoint("known", int64("a"));
        assertThatThrownBy(() -> Sluice.provider(Refused.class)).isInstanceOf(IllegalArgumentException.class);
        assertThat(Provider.named("half_refused").tracepoints()).extracting(Tracepoint::name).containsExactly("known");
        assertThatThrownBy(() -> Sluice.provider(NotToSee.class, MethodHandles.publicLookup()))
            .isInstanceOf(IllegalArgumentException.class);
        assertThat(Provider.lookup("never_there")).isEmpty();
        assertThat(Provider.all()).extracting(Provider::name).doesNotContain("never_there");
    }
}
