// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The public tracing API. A {@link dev.sluice.trace.Provider} groups {@link dev.sluice.trace.Tracepoint}s; each has
 * typed
 * {@link dev.sluice.trace.Field}s. Application code declares them once, loads the provider, and fires:
 * <pre>{@code
 * Provider orders = Provider.named("orders");
 * Tracepoint placed = orders.tracepoint("placed", int64("id"), int64("quantity"));
 * orders.load();
 * placed.fire(4711, 3);
 * }</pre>
 * From then on {@code sluice record -p PID} stores every event, and bpftrace and other tracers see {@code
 * orders:placed}
 * as an ordinary USDT probe. While nobody traces, a fire is a load and a branch.
 * <p>
 * Behind the API one target per process and class loader owns two shared files (docs/protocol.md): rings, which only
 * their threads write, and a control file, through which one control thread takes a consumer's commands. Virtual
 * threads write to the rings of the threads that run them, and each of their events says whose it is.
 */
package dev.sluice.trace;
