// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * System calls, for which the JDK has no class: of the whole store only this package needs JNA. Writing needs it, as
 * does Chronicle Queue, which brings it; reading uses it where it is there, and the JDK's own calls elsewhere. Start at
 * {@link dev.sluice.store.os.FileCalls}, which says why descriptors are used where paths would do.
 */
package dev.sluice.store.os;
