// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Recording: packets come from a target through the kernel, from its rings in shared memory or from single traps, are
 * checked, and are appended to a trace. Start at {@link dev.sluice.consumer.record.Recorder}; where packets come from
 * is behind {@link dev.sluice.consumer.record.DrainSource}.
 */
package dev.sluice.consumer.record;
