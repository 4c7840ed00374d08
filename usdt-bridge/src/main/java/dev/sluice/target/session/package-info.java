// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * What a target is to do: its settings, and the session that a consumer has begun.
 * <p>
 * Start at {@link dev.sluice.target.session.LiveSession}, which everybody asks; {@link
 * dev.sluice.target.session.Settings} are the system properties.
 */
package dev.sluice.target.session;
