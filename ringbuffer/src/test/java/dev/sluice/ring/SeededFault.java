// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import org.objectweb.asm.MethodVisitor;

/** One guard taken out of one method of the ring, by rewriting the copy that a test loads. */
interface SeededFault {
    /**
     * Rewrites a method, or leaves it as it is.
     *
     * @param className simple name of its class
     * @param method    its name
     * @param next      what the rewritten method goes to
     */
    MethodVisitor rewrite(String className, String method, MethodVisitor next);
}
