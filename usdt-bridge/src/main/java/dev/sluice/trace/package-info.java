// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The tracing API: what an application calls. Start at {@link dev.sluice.trace.Sluice}.
 *
 * <h2>Declare, fire</h2>
 * A {@linkplain dev.sluice.trace.Provider provider} is a named group of
 * {@linkplain dev.sluice.trace.Tracepoint tracepoints}, each with typed fields. An interface is the most convenient way
 * to declare tracepoints:
 * <pre>{@code
 * @TraceProvider("orders")
 * interface OrderTrace {
 *     void placed(long id, double price, String symbol);
 * }
 *
 * private static final OrderTrace TRACE = Sluice.provider(OrderTrace.class);
 *
 * TRACE.placed(4711, 12.5, "ACME");
 * }</pre>
 * {@link dev.sluice.trace.Sluice} says what interfaces may look like. Where names are known only at run time, the same
 * tracepoint is declared and fired by name, at the same price for integers and texts:
 * <pre>{@code
 * Provider orders = Provider.named("orders");
 * Tracepoint placed = orders.tracepoint("placed", int64("id"), float64("price"), string("symbol"));
 * orders.load();
 *
 * placed.event().put(4711).put(12.5).put("ACME").fire();
 * }</pre>
 * One process may declare a tracepoint in both ways: a second declaration with the same fields returns the same
 * tracepoint.
 *
 * <h2>What happens to an event</h2>
 * While nobody traces, a fire costs a load and a branch. After
 * {@code sluice record -p PID} has attached from another process, a fire writes the event to a ring buffer of its
 * thread, outside the heap, without lock, system call or allocation. The consumer drains the rings and stores every
 * event; it counts, by cause, the events that it cannot store. Other tracers, such as bpftrace, see
 * {@code orders:placed} as an ordinary USDT probe, with or without a consumer. Each event that such a tracer sees costs
 * a trap. A tracer that attaches or detaches between the check of a tracepoint and its fire may miss this event, or see
 * one event more: nobody waits for that fire.
 *
 * <h2>What can go wrong</h2>
 * A wrong declaration throws an IllegalArgumentException at start-up; its message says what
 * to write instead. The application need not handle anything else: where tracing cannot work (another operating system,
 * no memory, {@code -Dsluice.enabled=false}) tracing is off, one warning is printed to standard error, and fires do
 * nothing. Firing never throws.
 *
 * <h2>Behind the API</h2>
 * Each copy of the library in a process, one for each class loader that loads it, has two
 * shared files (docs/protocol.md): a file of rings, each written only by its own thread, and a control file, through
 * which one daemon thread takes a consumer's commands. Virtual threads write to the rings of the threads that run them,
 * and each of their events names its virtual thread. docs/properties.md lists the settings.
 */
package dev.sluice.trace;
