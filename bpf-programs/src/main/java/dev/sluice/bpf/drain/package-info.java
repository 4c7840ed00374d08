// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * The program that copies one batch for each trap of the drain probe, and the buffers that the batches arrive in. Start
 * at {@link dev.sluice.bpf.drain.DrainProgram}; {@link dev.sluice.bpf.drain.DrainBuffers} is where batches are read
 * from.
 */
package dev.sluice.bpf.drain;
