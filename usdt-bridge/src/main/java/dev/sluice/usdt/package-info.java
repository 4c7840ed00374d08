// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * USDT probes without a compiler: ELF objects with probe stubs written at run time, calls into them at the lowest
 * cost each JDK allows, and discovery of the probes that any process holds.
 */
package dev.sluice.usdt;
