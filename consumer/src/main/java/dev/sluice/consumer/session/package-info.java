// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * A session: one consumer attached to one target. It is taken, held by a heartbeat and a lock, watched for stalls,
 * and given back; commands go to the target through it. Start at {@link dev.sluice.consumer.session.Session}.
 */
package dev.sluice.consumer.session;
