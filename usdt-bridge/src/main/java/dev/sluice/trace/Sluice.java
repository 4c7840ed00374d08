// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.os.Remedy;
import dev.sluice.target.Target;
import dev.sluice.target.jvm.Privileged;
import dev.sluice.target.jvm.Warnings;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.util.List;

/**
 * Tracepoints as an interface: declare what happens, get it implemented, call it.
 * <pre>{@code
 * @TraceProvider("orders")
 * interface OrderTrace {
 *     void placed(long id, double price, String symbol);
 * }
 *
 * private static final OrderTrace TRACE = Sluice.provider(OrderTrace.class);
 *
 * TRACE.placed(order.id(), order.price(), order.symbol());
 * }</pre>
 * While nobody traces, a call is a load and a branch. While somebody does, it writes the event to the calling thread's
 * ring: no lock, no reflection, no boxing, no allocation. It never throws. Keep the object in a static final field, so
 * that the compiler sees through it.
 *
 * <h2>What an interface may look like</h2>
 * Each abstract method is a tracepoint. Its name is the method's, or what {@link Name} says; two methods cannot share
 * one. It returns void, or boolean for whether the event was fired into a ring. Its parameters are the fields, at most
 * 64, named by {@link Name}, else as in the source if the interface is compiled with {@code -parameters}, else arg0
 * and so on:
 * <table>
 * <caption>Types of parameters</caption>
 * <tr><th>type</th><th>field</th></tr>
 * <tr><td>byte, short, int, long</td><td>signed integer of 8 to 64 bits; with {@link Unsigned} unsigned</td></tr>
 * <tr><td>float, double, boolean</td><td>the same</td></tr>
 * <tr><td>an enum type</td><td>the constant, in 8 bits, or in 16 where there are more than 255</td></tr>
 * <tr><td>String, CharSequence</td><td>text; of a sequence its toString</td></tr>
 * <tr><td>byte[], ByteBuffer</td><td>bytes; of a buffer those between position and limit, which stay</td></tr>
 * </table>
 * Texts and bytes longer than {@code sluice.string.limit} are cut. Null is a value of enums, texts and bytes, which
 * readers show as null. Default and static methods are left alone, so an interface can offer
 * conveniences of its own.
 *
 * <h2>Expensive arguments</h2>
 * A method {@code boolean isPlacedEnabled()} is no tracepoint: it says whether any tracer wants {@code placed};
 * {@code boolean isEnabled()} says so of any method of the interface.
 * <pre>{@code
 * if (TRACE.isPlacedEnabled()) {
 *     TRACE.placed(order.id(), order.price(), order.describe());
 * }
 * }</pre>
 *
 * <h2>The same events without an interface</h2>
 * A typed interface declares its tracepoints in {@link Provider#named(String)}; {@link Provider} and {@link Tracepoint}
 * declare and fire the same ones by name.
 */
public final class Sluice {
    private static final ClassValue<Typed> TYPED = new ClassValue<>() {
        @Override
        protected Typed computeValue(final Class<?> type) {
            return new Typed();
        }
    };

    private Sluice() {
    }

    /** An interface's implementation, once there is one. */
    private static final class Typed {
        private Object implementation;
    }

    /**
     * The implementation of an interface; the same object whenever it is asked for. The first call declares the
     * interface's tracepoints and loads their provider, as {@link Provider#load()} does, which takes milliseconds; it
     * belongs into start-up. Where tracing cannot work, the object does nothing. Any thread.
     *
     * @param type an interface with {@link TraceProvider}: on the class path of any visibility, in a named module
     *             public in an exported package, or in a package that is open to the module dev.sluice
     * @throws IllegalArgumentException if the interface is no such declaration or cannot be implemented, if a name is
     *                                  no identifier, or if a tracepoint is declared already with other fields; the
     *                                  message says where, why and what to do
     */
    public static <T> T provider(final Class<T> type) {
        return find(type, null);
    }

    /**
     * The same for an interface that Sluice has no access to, such as one of a package that its module does not export.
     *
     * @param lookup {@code MethodHandles.lookup()}, called in the package of the interface
     * @throws IllegalArgumentException as above, and if the lookup has no full access
     */
    public static <T> T provider(final Class<T> type, final MethodHandles.Lookup lookup) {
        if (lookup == null) {
            throw new IllegalArgumentException("lookup=null: pass MethodHandles.lookup()");
        }
        return find(type, lookup);
    }

    /**
     * Ends this copy of the library for good: its threads, descriptors and files go, and its memory with its class
     * loader. For an application that leaves a process that goes on, such as one that a server deploys again, which has
     * the library among its own classes: call it last of all, from what the server calls then. Without it the copy ends
     * when its class loader is closed, if that is a URLClassLoader, or collected: a second, or many minutes, later.
     * <p>
     * A recording that runs gets what is in the rings, and a known end; the control thread waits for that. Tracepoints
     * may still be fired afterwards, and do nothing. Any thread, any number of times; takes a second at most.
     */
    public static void stop() {
        Privileged.call(() -> {
            Target.stop();
            return null;
        });
    }

    private static <T> T find(final Class<T> type, final MethodHandles.Lookup lookup) {
        if (type == null) {
            throw new IllegalArgumentException("type=null: pass the class of an interface");
        }
        final Typed typed = TYPED.get(type);
        // Not while another thread makes the same.
        synchronized (typed) {
            if (typed.implementation == null) {
                typed.implementation = implement(TypedInterface.of(type), lookup);
            }
            return type.cast(typed.implementation);
        }
    }

    private static Object implement(final TypedInterface declared, final MethodHandles.Lookup lookup) {
        // By now: what the start of tracing takes may be the last descriptors that classes could be read through.
        IdleFacade.prepare();
        MethodHandles.Lookup home = null;
        Throwable obstacle = null;
        try {
            // First of all what may be refused, so that nothing is declared by an interface that nobody can call.
            home = Privileged.call(() -> FacadeClass.home(declared.type(), lookup));
        } catch (final SecurityException | LinkageError | VirtualMachineError e) {
            obstacle = e;
        }
        Provider.lookup(declared.provider()).ifPresent(known -> check(known, declared));
        final Provider provider = Provider.named(declared.provider());
        final List<Tracepoint> tracepoints = check(provider, declared).stream().map(method -> provider.declare(
            method.name(), method.fields(), declared.type().getClassLoader())).toList();
        provider.load();
        if (obstacle == null) {
            try {
                return FacadeClass.define(home, declared, FiringClass.define(declared.methods(), tracepoints));
            } catch (final RuntimeException | LinkageError | VirtualMachineError e) {
                obstacle = e;
            }
        }
        return idle(declared.type(), obstacle);
    }

    /** An implementation that does nothing, as the environment allows none that does anything. */
    private static Object idle(final Class<?> type, final Throwable obstacle) {
        if (Target.start() != null) {
            // Else a warning has said why nothing works.
            Warnings.once(type.getTypeName() + " stays off: " + Remedy.describe(obstacle));
        }
        try {
            return IdleFacade.of(type);
        } catch (final IOException | ClassNotFoundException e) {
            throw new IllegalStateException(type.getTypeName() + " cannot be implemented here, not even to do nothing: "
                + Remedy.describe(obstacle), obstacle);
        }
    }

    /** Whether all methods that fire can be declared; returns them. */
    private static List<TypedMethod> check(final Provider provider, final TypedInterface declared) {
        final List<TypedMethod> firing = declared.methods().stream().filter(method -> !method.isGuard()).toList();
        for (final TypedMethod method : firing) {
            try {
                provider.check(method.name(), method.fields(), declared.type().getClassLoader());
            } catch (final IllegalArgumentException e) {
                throw new IllegalArgumentException(TypedMethod.describe(method.method()) + ": " + e.getMessage()
                    + ": give one of them another name, or the same fields", e);
            }
        }
        return firing;
    }
}
