// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * A packet is a batch of events after a header that describes the batch. This package has the one place that says
 * whether a packet is sound. Start at {@link dev.sluice.ring.packet.PacketHeaderDescriptor} for the layout and at
 * {@link dev.sluice.ring.packet.PacketHeader} for reading; {@link dev.sluice.ring.packet.EventWalker} finds where the
 * events of the content end.
 */
package dev.sluice.ring.packet;
