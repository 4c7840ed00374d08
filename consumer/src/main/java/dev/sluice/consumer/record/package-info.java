// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Recording: packets come from a target through the kernel, from its rings in shared memory or from single traps, are
 * checked, and are appended to a trace. Start at {@link dev.sluice.consumer.record.Recorder};
 * {@link dev.sluice.consumer.record.DrainSource} is where packets come from.
 */
package dev.sluice.consumer.record;
