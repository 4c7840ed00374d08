// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * What the library asks of Linux, and of the JDK where the JDK stands between: system calls with their errno, files
 * that others may have put in our way, what /proc says of the mappings of a process, and how threads, files and
 * descriptors of the library end. It knows nothing of probes or rings.
 * <p>
 * Start at {@link dev.sluice.os.NativeCalls}: every call, with two implementations, one for Java 22 and later and one
 * for earlier versions. {@link dev.sluice.os.NativeException} is how a call fails. {@link dev.sluice.os.Outliving} has
 * everything that must not keep the library's class loader.
 */
package dev.sluice.os;
