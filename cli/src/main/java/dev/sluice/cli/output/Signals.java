// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.output;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;

/**
 * Handles signals. The JDK's class for them is reached by reflection, because a direct use always gives a compiler
 * warning. Stateless: any thread.
 */
public final class Signals {
    private Signals() {
    }

    /**
     * Sets what is done at a signal, by a thread of the JVM. A signal that was ignored from the start, such as SIGHUP
     * under nohup, stays ignored.
     *
     * @param name     such as "INT"
     * @param onSignal gets the signal's number
     * @return false if the JVM does not give the signal away, as with -Xrs
     */
    public static boolean handle(final String name, final IntConsumer onSignal) {
        try {
            final Class<?> signal = Class.forName("sun.misc.Signal");
            final Class<?> handler = Class.forName("sun.misc.SignalHandler");
            final Object proxy = Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler},
                (self, method, arguments) -> switch (method.getName()) {
                    case "handle" -> {
                        onSignal.accept((int) signal.getMethod("getNumber").invoke(arguments[0]));
                        yield null;
                    }
                    case "hashCode" -> System.identityHashCode(self);
                    case "equals" -> self == arguments[0];
                    default -> "Signals";
                });
            signal.getMethod("handle", signal, handler)
                .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
            return true;
        } catch (final ReflectiveOperationException | IllegalArgumentException e) {
            if (e instanceof InvocationTargetException && e.getCause() instanceof Error error) {
                throw error;
            }
            return false;
        }
    }
}
