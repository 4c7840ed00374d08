// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.output;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/**
 * Turns SIGINT, SIGTERM and SIGHUP (a closed terminal) into a flag, so that a recording ends in good order and the
 * command decides the exit code. A signal that was ignored from the start, such as SIGHUP under nohup, stays ignored.
 * The JDK's signal class is reached by reflection, because a direct use always gives a compiler warning. A shutdown
 * hook would be no replacement: it would run at the same time as the hooks of libraries that still have to write. A
 * second signal ends the process at once.
 */
public final class StopSignals {
    private static final int SIGNAL_EXIT = 128;

    private static volatile boolean isStopped;
    private static boolean isInstalled;

    private StopSignals() {
    }

    /** Whether somebody asked to stop. Any thread. */
    public static boolean isStopped() {
        return isStopped;
    }

    /** Takes over the signals, once. */
    public static synchronized void install() {
        if (isInstalled) {
            return;
        }
        isInstalled = true;
        try {
            final Class<?> signal = Class.forName("sun.misc.Signal");
            final Class<?> handler = Class.forName("sun.misc.SignalHandler");
            final Object proxy = Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler},
                (self, method, arguments) -> switch (method.getName()) {
                    case "handle" -> handle((int) signal.getMethod("getNumber").invoke(arguments[0]));
                    case "hashCode" -> System.identityHashCode(self);
                    case "equals" -> self == arguments[0];
                    default -> "StopSignals";
                });
            for (final String name : new String[] {"INT", "TERM", "HUP"}) {
                signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
            }
        } catch (final ReflectiveOperationException | IllegalArgumentException e) {
            // With -Xrs the JVM does not give the signals away. Then they end the process, as they do by default.
            if (e instanceof InvocationTargetException && e.getCause() instanceof Error error) {
                throw error;
            }
        }
    }

    private static Object handle(final int number) {
        if (isStopped) {
            Runtime.getRuntime().halt(SIGNAL_EXIT + number);
        }
        isStopped = true;
        return null;
    }
}
