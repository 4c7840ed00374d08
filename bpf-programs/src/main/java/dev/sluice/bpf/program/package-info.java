// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What all of Sluice's BPF programs have in common, from the compiled object in the jar to the closing of its links.
 * Start at {@link dev.sluice.bpf.program.LoadedObject}; {@link dev.sluice.bpf.program.TargetIdentity} is the process
 * whose hits a program accepts.
 */
package dev.sluice.bpf.program;
