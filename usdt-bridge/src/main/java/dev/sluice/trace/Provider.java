// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.os.Remedy;
import dev.sluice.target.LiveTarget;
import dev.sluice.target.LocalTarget;
import dev.sluice.target.TrapCaller;
import dev.sluice.target.jvm.CallerLoader;
import dev.sluice.target.jvm.Privileged;
import dev.sluice.target.jvm.Warnings;
import dev.sluice.usdt.LoadedStubs;
import dev.sluice.usdt.StubLoader;
import dev.sluice.usdt.StubProbe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/**
 * A named group of tracepoints, visible to consumers of Sluice and, as USDT probes, to every tracer of the kernel.
 * Typed interfaces ({@link Sluice}) declare their tracepoints in a provider too.
 * <pre>{@code
 * private static final Provider ORDERS = Provider.named("orders");
 * private static final Tracepoint PLACED = ORDERS.tracepoint("placed", int64("id"), string("symbol"));
 * static {
 *     ORDERS.load();
 * }
 * }</pre>
 * Any thread may call any method. Declaring and loading belong into the application's start-up; {@link Tracepoint}
 * fires.
 * <p>
 * Declared tracepoints can be looked up and listed:
 * <pre>{@code
 * for (Provider provider : Provider.all()) {
 *     for (Tracepoint tracepoint : provider.tracepoints()) {
 *         System.out.println(tracepoint.qualifiedName() + tracepoint.fields());
 *     }
 * }
 * }</pre>
 * A wrong declaration throws an IllegalArgumentException. The environment never causes an exception: where tracing
 * cannot start (no memory, another operating system, a missing flag) {@link #load()} prints one warning and everything
 * stays off.
 */
public final class Provider {
    private static final Map<String, Provider> PROVIDERS = new ConcurrentHashMap<>();
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,63}");
    private static final String OWN_NAME = "sluice";
    /** Classes of the library that declare tracepoints for their caller. */
    private static final Set<Class<?>> DECLARING = Set.of(Provider.class, Latency.class, StackTracer.class);
    private static final int MAX_FIELDS = 64;
    private static final long POLL_NS = 1_000_000L;

    private final String name;
    private final Declarations declarations;
    private final List<Tracepoint> unloaded = new ArrayList<>();

    private Provider(final String name) {
        this.name = name;
        this.declarations = new Declarations(name);
    }

    /**
     * The provider of a name; the same name always gives the same provider.
     *
     * @param name an identifier of at most 64 characters; "sluice" is the library's own
     */
    public static Provider named(final String name) {
        return PROVIDERS.computeIfAbsent(checkProviderName(name), Provider::new);
    }

    /** Checks whether a provider may have this name; returns the name. */
    static String checkProviderName(final String name) {
        checkName("provider", name);
        if (OWN_NAME.equals(name)) {
            throw new IllegalArgumentException("provider name=sluice is the library's own: choose another");
        }
        return name;
    }

    private static void checkName(final String what, final String name) {
        if (name == null || !NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(what + " name=" + name + " is no identifier: it must match " + NAME);
        }
    }

    /** Checks whether a tracepoint may be declared with this name and these fields, in any provider. */
    static void checkDeclaration(final String tracepointName, final List<Field> fields) {
        checkName("tracepoint", tracepointName);
        if (fields.size() > MAX_FIELDS || fields.stream().map(Field::name).distinct().count() != fields.size()) {
            throw new IllegalArgumentException("tracepoint " + tracepointName
                + " needs at most " + MAX_FIELDS + " fields with different names: fields=" + fields);
        }
    }

    /** All providers of this process's copy of the library, by name. */
    public static Collection<Provider> all() {
        return PROVIDERS.values().stream().sorted(Comparator.comparing(Provider::name)).toList();
    }

    /** The provider of a name, if it exists already: unlike {@link #named}, this makes no provider. */
    public static Optional<Provider> lookup(final String name) {
        return Optional.ofNullable(name).map(PROVIDERS::get);
    }

    /** The provider's name. */
    public String name() {
        return name;
    }

    /** The provider's tracepoints, in the order of declaration. */
    public synchronized Collection<Tracepoint> tracepoints() {
        return declarations.all();
    }

    /**
     * Declares a tracepoint. It is off until the next {@link #load()}.
     *
     * @param tracepointName an identifier of at most 64 characters
     * @param fields         at most 64, with different names
     * @return a new tracepoint, or the tracepoint that was declared before with the same name and fields
     * @throws IllegalArgumentException if the class loader of the caller has declared the name with other fields; what
     *                                  another class loader has declared, such as an earlier deployment of the same
     *                                  application, stays beside it
     */
    public Tracepoint tracepoint(final String tracepointName, final Field... fields) {
        return declare(tracepointName, List.of(fields), CallerLoader.find(DECLARING));
    }

    /** Declares a tracepoint for the application of a class loader. */
    synchronized Tracepoint declare(final String tracepointName, final List<Field> fields, final ClassLoader loader) {
        checkDeclaration(tracepointName, fields);
        return declarations.declare(tracepointName, fields, loader, unloaded);
    }

    /**
     * Checks whether a tracepoint may be declared with this name and these fields in this provider.
     *
     * @throws IllegalArgumentException as {@link #tracepoint} does
     */
    synchronized void check(final String tracepointName, final List<Field> fields, final ClassLoader loader) {
        declarations.find(tracepointName, fields, loader);
    }

    /** The tracepoint of a name, or null, whichever way it was declared. If there are several versions, the newest. */
    public synchronized Tracepoint find(final String tracepointName) {
        return declarations.newest(tracepointName);
    }

    /**
     * Makes all tracepoints declared since the last call available to tracers. Returns when a running session's
     * selection is applied to them. Takes milliseconds; the first call in a process takes some tens of milliseconds
     * more.
     *
     * @return this
     */
    public Provider load() {
        // Files are written and mapped through channels, and a channel closes for ever when an interrupted thread uses
        // it.
        final boolean isInterrupted = Thread.interrupted();
        try {
            return Privileged.call(this::loadUninterrupted);
        } finally {
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Provider loadUninterrupted() {
        final LocalTarget target = LocalTarget.start();
        final List<Tracepoint> loading;
        synchronized (this) {
            loading = List.copyOf(unloaded);
            unloaded.clear();
            if (target == null || loading.isEmpty()) {
                return this;
            }
            publish(target, loading);
        }
        target.control(loading.stream().filter(Tracepoint::isLoaded).map(Tracepoint::enableWord).toList());
        return this;
    }

    private void publish(final LocalTarget target, final List<Tracepoint> loading) {
        final List<StubProbe> probes = loading.stream().map(Tracepoint::probe).toList();
        try {
            // This comes before any tracepoint is on, because the first fire needs classes, and the code that loads
            // them may fire events.
            LiveTarget.prepare(EventEncoder.class, EventEncoder.FIRES);
            final LoadedStubs stubs = StubLoader.load(name, probes);
            if (!stubs.hasStubs()) {
                Warnings.once("no USDT probes, rings only: " + stubs.reason());
            }
            for (int i = 0; i < loading.size(); i++) {
                final Tracepoint tracepoint = loading.get(i);
                final int id = target.events().declare(name, tracepoint.name(),
                    tracepoint.fields().stream().map(Field::schema).toList(), tracepoint.description(), stubs.stub(i));
                if (stubs.stub(i) != 0) {
                    TrapCaller.rehearse(tracepoint.fields().size(), tracepoint.shape().isFixed());
                }
                if (id != 0) {
                    tracepoint.loaded(id, stubs.word(i), stubs.stub(i), target.stringLimit());
                }
            }
        } catch (final RuntimeException | LinkageError | VirtualMachineError e) {
            Warnings.once("provider " + name + " stays off: " + Remedy.describe(e));
        }
    }

    /**
     * Waits until a tracer has enabled a tracepoint of this provider, and a session's selection is applied to all of
     * its tracepoints.
     *
     * @return true if a tracepoint is enabled; false if the time is over, or if tracing is off
     * @throws InterruptedException if the thread is interrupted
     */
    public boolean awaitEnabled(final Duration timeout) throws InterruptedException {
        final long begin = System.nanoTime();
        final Collection<Tracepoint> all = tracepoints();
        while (all.stream().noneMatch(Tracepoint::isEnabled)) {
            if (System.nanoTime() - begin >= timeout.toNanos() || all.stream().noneMatch(Tracepoint::isLoaded)) {
                return false;
            }
            LockSupport.parkNanos(POLL_NS);
            if (Thread.interrupted()) {
                throw new InterruptedException("waiting for a tracer of provider " + name);
            }
        }
        // The bits are set one by one; a thread that fires after this method must find all of them set.
        final LocalTarget target = LocalTarget.start();
        if (target != null) {
            target.control(List.of());
        }
        return target != null;
    }

    @Override
    public String toString() {
        return name;
    }
}
