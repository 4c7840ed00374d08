// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Reads a trace: its targets, the packets of each ring, and the events of all rings in one order of time, with the
 * account of what is missing. Start at {@link dev.sluice.store.read.TraceReader}; its
 * {@link dev.sluice.store.read.TraceEvents} are the events.
 */
package dev.sluice.store.read;
