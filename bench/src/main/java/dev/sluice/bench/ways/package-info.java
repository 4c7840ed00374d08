// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The ways of Sluice and of the kernel to report an event from Java, each a class. Start at
 * {@link dev.sluice.bench.ways.RecordedPath}.
 */
package dev.sluice.bench.ways;
