// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * From a batch to the trace: drainers that a consumer runs itself, what checks and counts each packet, and the writer
 * of one target's documents. Start at {@link dev.sluice.consumer.receive.PacketReceiver}.
 */
package dev.sluice.consumer.receive;
