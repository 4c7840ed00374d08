// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * What every way of reporting an event has in common: the event, the loop that JMH measures, and the check of what
 * arrived on the other side. Start at {@link dev.sluice.bench.fire.FirePath}.
 */
package dev.sluice.bench.fire;
