// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.trap;

/**
 * Why an event that trapped was not stored; each failure counts one event. The order is that of enum
 * sluice_trap_failure.
 */
public enum TrapFailure {
    /** No room in the BPF ring buffer. */
    BUFFER_FULL,
    /** Arguments on the user stack could not be read. */
    COPY_FAULT,
    /** Another process ran into the probe: a forked child, or a second target that maps the same file. */
    WRONG_TARGET
}
