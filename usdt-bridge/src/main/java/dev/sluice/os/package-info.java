// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * What the project asks of Linux: system calls with their errno, open descriptors, locks, mappings, and files that
 * other users may have put in place of the expected ones. It knows nothing of probes or rings.
 * <p>
 * Start at {@link dev.sluice.os.NativeCalls}: every call, with two implementations, one for Java 22 and later and one
 * for earlier versions. A call that fails throws {@link dev.sluice.os.NativeException}; {@link dev.sluice.os.Errno} has
 * the errors that the code tells apart. No other code of the project makes native calls of its own, except the binding
 * to libbpf and the store, which programs must be able to use without this package (decision 0087).
 */
package dev.sluice.os;
