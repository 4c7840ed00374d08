// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * The programs that store, print or count one event for each trap. Start at {@link dev.sluice.bpf.trap.TrapProgram},
 * which stores events of Sluice's own probes, and at {@link dev.sluice.bpf.trap.UsdtProgram} for the probes of any
 * process; both deliver {@link dev.sluice.bpf.trap.TrapRecord}s.
 */
package dev.sluice.bpf.trap;
