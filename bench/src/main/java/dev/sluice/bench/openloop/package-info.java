// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Events that are reported when they are due, and not when the one before is done: how many are lost at which rate, and
 * how long a single one takes. Start at {@link dev.sluice.bench.openloop.OfferedRate}.
 */
package dev.sluice.bench.openloop;
