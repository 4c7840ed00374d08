// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Says which events of a trace are wanted: by name, time, thread and the values of fields. It reads what persons write,
 * and tests packets and events. It knows how an event is encoded, but nothing of files. Start with
 * {@link dev.sluice.store.query.Selection}.
 */
package dev.sluice.store.query;
