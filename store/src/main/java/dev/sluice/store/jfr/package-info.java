// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Files of the JDK's Flight Recorder: types, events and constants in the encoding that its readers take. Start at
 * {@link dev.sluice.store.jfr.JfrFile}.
 */
package dev.sluice.store.jfr;
