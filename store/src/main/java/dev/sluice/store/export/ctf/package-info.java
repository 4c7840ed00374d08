// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Exports traces as CTF 1.8 (the Common Trace Format of diamon.org/ctf), whose packets are much like those of a ring.
 * Start at {@link dev.sluice.store.export.ctf.CtfExporter}.
 */
package dev.sluice.store.export.ctf;
