// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * What the traced side needs of the JVM that it lives in: internals of the JDK, the carriers of virtual threads,
 * values that threads own, permissions, warnings to the operator, and what /proc says of this process.
 * <p>
 * Start at {@link dev.sluice.target.jvm.JdkAccess}, without which there is no tracing, and at {@link
 * dev.sluice.target.jvm.VirtualThreads}.
 */
package dev.sluice.target.jvm;
