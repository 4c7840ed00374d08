// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What the library does with the JVM that it lives in: its own threads, and everything that must not keep the library's
 * class loader alive or has to be given back when that loader is unloaded. Start at
 * {@link dev.sluice.os.jvm.Outliving}; decision 0080 says why.
 */
package dev.sluice.os.jvm;
