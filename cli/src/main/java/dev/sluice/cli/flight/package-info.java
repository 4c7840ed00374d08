// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * The flight recorder of a recording: what asks for snapshots of its last part, and what writes them. Start at {@link
 * dev.sluice.cli.flight.FlightRecorder}.
 */
package dev.sluice.cli.flight;
