// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * System calls on files that the JDK has no class for. Start at {@link dev.sluice.store.os.FileCalls}, which says why
 * descriptors are used where paths would do.
 */
package dev.sluice.store.os;
