// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * USDT probes of this process, made without a compiler: ELF objects with probe stubs that are written at run time, and
 * calls into them at the lowest cost that each JDK allows.
 * <p>
 * Start at {@link dev.sluice.usdt.StubLoader}, which makes probes; {@link dev.sluice.usdt.StubCalls} fires them.
 */
package dev.sluice.usdt;
