// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Conditions over the fields of events as persons write them, which the traced side and readers of traces have in
 * common, and which events a session selects by them. Start at {@link dev.sluice.ring.where.WhereParser} for what may
 * be written and at {@link dev.sluice.ring.where.EventChoice} for a session's selection.
 */
package dev.sluice.ring.where;
