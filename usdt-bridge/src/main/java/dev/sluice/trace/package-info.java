// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The tracing API: what an application calls.
 *
 * <h2>Declare, fire</h2>
 * A {@linkplain dev.sluice.trace.Provider provider} is a named group of
 * {@linkplain dev.sluice.trace.Tracepoint tracepoints}, each with typed fields. The pleasant way to declare one is an
 * interface:
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
 * Both may be used for one tracepoint in one process: declaring it again with the same fields gives the same one.
 *
 * <h2>What happens to an event</h2>
 * While nobody traces, a fire is a load and a branch. When {@code sluice record -p PID} attaches, from another process,
 * a fire writes the event to a ring buffer of its thread's, outside the heap: no lock, no system call, no allocation.
 * The consumer drains the rings and stores every event; what it cannot store it counts, by cause. Other tracers, as
 * bpftrace, see {@code orders:placed} as an ordinary USDT probe, with or without a consumer; each such event costs a
 * trap. What happens between the check of a tracepoint and its fire is not waited for: a tracer that attaches or
 * detaches right then may miss an event, or see one more.
 *
 * <h2>What can go wrong</h2>
 * A wrong declaration is an IllegalArgumentException, at start-up, that says what to write instead. Everything else is
 * not the application's concern: where tracing cannot work (another operating system, no memory, {@code
 * -Dsluice.enabled=false}) it is off, with one warning on standard error, and fires do nothing. Firing never throws.
 *
 * <h2>Behind the API</h2>
 * One target per process and class loader owns two shared files (docs/protocol.md): rings, which only their threads
 * write, and a control file, through which one daemon thread takes a consumer's commands. Virtual threads write to the
 * rings of the threads that run them, and each of their events says whose it is. docs/properties.md lists what can be
 * set.
 */
package dev.sluice.trace;
