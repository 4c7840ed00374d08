// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.jfr;

/**
 * A thread that has fired events. Immutable.
 *
 * @param group        name of its group
 * @param name         its name
 * @param osThreadId   the kernel's id, or 0
 * @param javaThreadId Thread.threadId, or 0
 * @param isVirtual    whether it is a virtual thread
 */
public record JfrThread(String group, String name, long osThreadId, long javaThreadId, boolean isVirtual) {
}
