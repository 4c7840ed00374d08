// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Programs that are traced: by the demo, by the tests, and by whoever wants to try something on a program that always
 * does the same. Start at {@link dev.sluice.samples.Main}, which starts each by its name. The largest is
 * {@link dev.sluice.samples.JrtScan}, whose events are known beforehand: {@link dev.sluice.samples.JrtTruth} computes
 * them without Sluice, and what a trace holds is compared with that.
 */
package dev.sluice.samples;
