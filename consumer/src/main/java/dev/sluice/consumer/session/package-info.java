// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * A session: one consumer attached to one target. A consumer takes the session, holds it by a heartbeat and a lock,
 * watches it for stalls, and gives it back; the consumer's commands go to the target through the session. Start at
 * {@link dev.sluice.consumer.session.Session}.
 */
package dev.sluice.consumer.session;
