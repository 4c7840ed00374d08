// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/** A part of a trace by time, as a trace of its own: {@link dev.sluice.store.window.TraceWindow}. */
package dev.sluice.store.window;
