// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.drain;

/** Why a batch was not delivered. The order is that of enum sluice_drain_failure. */
public enum DrainFailure {
    /** No room in the BPF ring buffer. */
    BUFFER_FULL,
    /** Header or content could not be read from the target's memory. */
    COPY_FAULT,
    /** The header names another epoch. */
    WRONG_EPOCH,
    /** Wrong magic, or a length, ring or count that does not fit. */
    BAD_HEADER,
    /** Another process ran into the probe: a forked child, or a second target that maps the same file. */
    WRONG_TARGET
}
