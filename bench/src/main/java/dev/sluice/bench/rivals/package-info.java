// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The same event through other tracers, in the same program and the same minute, with what each has stored counted on
 * the other side. Start at {@link dev.sluice.bench.rivals.BesideJfr}.
 */
package dev.sluice.bench.rivals;
