// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * {@code sluice trap}: probes traced one trap a hit, printed, counted or summed up. Start at
 * {@link dev.sluice.cli.trap.TrapCommand}.
 */
package dev.sluice.cli.trap;
