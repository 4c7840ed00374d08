// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * What other programs take to read the events that {@code bench --reading} reads, and what tables of them take. Start
 * at {@link dev.sluice.bench.reading.Tables}.
 */
package dev.sluice.bench.reading;
