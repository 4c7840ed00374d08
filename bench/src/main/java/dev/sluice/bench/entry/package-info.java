// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Everyone who takes part, by name, with what each needs of the machine, and the sweeps. Start at
 * {@link dev.sluice.bench.entry.Catalogue}.
 */
package dev.sluice.bench.entry;
