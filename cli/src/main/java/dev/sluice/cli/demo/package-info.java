// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * {@code sluice demo}, which runs a sample program once for each path and compares what was stored with the truth,
 * and {@code sluice sample}. Start at {@link dev.sluice.cli.demo.DemoCommand}.
 */
package dev.sluice.cli.demo;
