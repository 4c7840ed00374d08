// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What an event is: the layout of its bytes, the types of its fields, and its schema with the form that it is stored
 * in. Start at {@link dev.sluice.ring.event.EventDescriptor} for the bytes and at
 * {@link dev.sluice.ring.event.EventSchema} for the declaration.
 */
package dev.sluice.ring.event;
