// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Reading a trace: its targets, the packets of each ring, and the events of all rings in one order of time, with the
 * account of what is missing. Start at {@link dev.sluice.store.read.TraceReader}; events come from
 * {@link dev.sluice.store.read.EventCursor}.
 */
package dev.sluice.store.read;
