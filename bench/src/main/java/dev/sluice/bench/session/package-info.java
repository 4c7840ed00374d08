// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Consumers inside the measured program itself, which store nothing. Start at
 * {@link dev.sluice.bench.session.BpfReceiver}.
 */
package dev.sluice.bench.session;
