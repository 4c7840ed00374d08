// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Protocol buffers, and the numbers of fields of a format that is made of them. Start at
 * {@link dev.sluice.store.proto.ProtoMessage}.
 */
package dev.sluice.store.proto;
