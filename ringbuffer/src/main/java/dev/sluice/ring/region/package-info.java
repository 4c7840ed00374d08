// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * The region: the memory that holds a target's schema, counters, errors and rings. Start at
 * {@link dev.sluice.ring.region.RegionDescriptor} for the layout and at {@link dev.sluice.ring.region.Region} for the
 * accessors; a {@link dev.sluice.ring.region.Slot} has everything that belongs to one ring. docs/protocol.md says who
 * may write which word.
 */
package dev.sluice.ring.region;
