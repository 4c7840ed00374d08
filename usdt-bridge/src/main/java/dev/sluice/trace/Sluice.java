// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.os.Remedy;
import dev.sluice.target.LocalTarget;
import dev.sluice.target.jvm.IdleFacade;
import dev.sluice.target.jvm.Privileged;
import dev.sluice.target.jvm.Warnings;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.util.List;

/**
 * Tracepoints as an interface: declare in it what happens, let Sluice implement it, and call its methods.
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
 * While nobody traces, a call costs a load and a branch. While somebody traces, a call writes the event to the calling
 * thread's ring without lock, reflection, boxing or allocation. A call never throws. Keep the object in a static final
 * field, so that the compiler can inline its methods.
 *
 * <h2>What an interface may look like</h2>
 * Each abstract method is a tracepoint. The tracepoint's name is the method's name, or the name in {@link Name}; two
 * methods cannot have the same name. The method returns void, or a boolean that says whether the event was fired into a
 * ring. The method's parameters are the tracepoint's fields, at most 64. A field's name is the name in {@link Name};
 * without it, the parameter's name if the interface is compiled with {@code -parameters}; else arg0, arg1 and so on:
 * <table>
 * <caption>Types of parameters</caption>
 * <tr><th>type</th><th>field</th></tr>
 * <tr><td>byte, short, int, long</td><td>signed integer of 8 to 64 bits; with {@link Unsigned} unsigned</td></tr>
 * <tr><td>float, double, boolean</td><td>the same</td></tr>
 * <tr><td>an enum type</td><td>the constant, in 8 bits, or in 16 where there are more than 255</td></tr>
 * <tr><td>String, CharSequence</td><td>text; of a sequence its toString</td></tr>
 * <tr><td>byte[], ByteBuffer</td><td>bytes; of a buffer those between position and limit, which stay</td></tr>
 * </table>
 * Texts and bytes longer than {@code sluice.string.limit} are cut. Enums, texts and bytes may be null; readers show
 * such a value as null. Default and static methods are left as they are, so an interface can have convenience methods
 * of its own.
 *
 * <h2>Expensive arguments</h2>
 * A method {@code boolean isPlacedEnabled()} is no tracepoint: it says whether any tracer wants {@code placed}.
 * {@code boolean isEnabled()} says whether any tracer wants an event of any method of the interface.
 * <pre>{@code
 * if (TRACE.isPlacedEnabled()) {
 *     TRACE.placed(order.id(), order.price(), order.describe());
 * }
 * }</pre>
 *
 * <h2>The same events without an interface</h2>
 * A typed interface declares its tracepoints in {@link Provider#named(String)}; {@link Provider} and {@link Tracepoint}
 * declare and fire the same tracepoints by name.
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

    /** An interface's implementation, once it is made. */
    private static final class Typed {
        private Object implementation;
    }

    /**
     * The implementation of an interface; the same object whenever it is asked for. The first call declares the
     * interface's tracepoints and loads their provider, as {@link Provider#load()} does, which takes milliseconds; make
     * this call during the application's start-up. Where tracing cannot work, the object does nothing. Any thread.
     *
     * @param type an interface with {@link TraceProvider}: on the class path of any visibility, in a named module
     *             public in an exported package, or in a package that is open to the module dev.sluice
     * @throws IllegalArgumentException if the interface is no valid declaration or cannot be implemented, if a name is
     *                                  no identifier, or if a tracepoint is declared already with other fields; the
     *                                  message says where, why and what to do
     */
    public static <T> T provider(final Class<T> type) {
        return find(type, null);
    }

    /**
     * The implementation of an interface that Sluice has no access to, such as an interface in a package that its
     * module does not export. Otherwise like {@link #provider(Class)}.
     *
     * @param lookup {@code MethodHandles.lookup()}, called in the package of the interface
     * @throws IllegalArgumentException as in {@link #provider(Class)}, and if the lookup has no full access
     */
    public static <T> T provider(final Class<T> type, final MethodHandles.Lookup lookup) {
        if (lookup == null) {
            throw new IllegalArgumentException("lookup=null: pass MethodHandles.lookup()");
        }
        return find(type, lookup);
    }

    /**
     * Ends this copy of the library for ever: its threads, descriptors and files are given back now, its memory
     * together with its class loader. This is for an application that ends while its process goes on, and that has the
     * library among its own classes, for example an application that a server deploys again. Call this method last,
     * from the method that the server calls when it stops the application. Without this call the copy ends when its
     * class loader is closed, if it is a URLClassLoader, or when the loader is garbage collected: a second later, or
     * many minutes later.
     * <p>
     * A running recording still receives the events in the rings, and a known end; the control thread waits for that.
     * Tracepoints may still be fired afterwards; they do nothing then. Any thread may call this any number of times; a
     * call takes a second at most.
     */
    public static void stop() {
        Privileged.call(() -> {
            LocalTarget.stop();
            return null;
        });
    }

    private static <T> T find(final Class<T> type, final MethodHandles.Lookup lookup) {
        if (type == null) {
            throw new IllegalArgumentException("type=null: pass the class of an interface");
        }
        final Typed typed = TYPED.get(type);
        // Another thread may be making the same implementation just now.
        synchronized (typed) {
            if (typed.implementation == null) {
                typed.implementation = implement(TypedInterface.of(type), lookup);
            }
            return type.cast(typed.implementation);
        }
    }

    private static Object implement(final TypedInterface declared, final MethodHandles.Lookup lookup) {
        // This is loaded now, because the start of tracing may take the last descriptors, and without a descriptor no
        // class can be read.
        IdleFacade.prepare();
        MethodHandles.Lookup home = null;
        Throwable obstacle = null;
        try {
            // What may be refused comes first, so that an interface that nobody can call declares nothing.
            home = Privileged.call(() -> FacadeClass.home(declared.type(), lookup));
        } catch (final SecurityException | LinkageError | VirtualMachineError e) {
            obstacle = e;
        }
        Provider.lookup(declared.provider()).ifPresent(known -> check(known, declared));
        final Provider provider = Provider.named(declared.provider());
        final List<Tracepoint> tracepoints = check(provider, declared).stream().map(method -> {
            final Tracepoint tracepoint =
                provider.declare(method.name(), method.fields(), declared.type().getClassLoader());
            return method.description().isEmpty() ? tracepoint : tracepoint.describedAs(method.description());
        }).toList();
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

    /** An implementation that does nothing, because the environment allows no other. */
    private static Object idle(final Class<?> type, final Throwable obstacle) {
        if (LocalTarget.start() != null) {
            // In the other case a warning has already said why tracing is off.
            Warnings.once(type.getTypeName() + " stays off: " + Remedy.describe(obstacle));
        }
        try {
            return IdleFacade.of(type);
        } catch (final IOException | ClassNotFoundException e) {
            throw new IllegalStateException(type.getTypeName() + " cannot be implemented here, not even to do nothing: "
                + Remedy.describe(obstacle), obstacle);
        }
    }

    /** Checks that all methods that fire can be declared, and returns those methods. */
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
