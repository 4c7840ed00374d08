// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.filter;

import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Type;

/**
 * Computes the frames of generated code without loading a class: where two types meet in it, Object is enough as their
 * common type. For one class, and one thread.
 */
public final class SafeClassWriter extends ClassWriter {
    /** Begins without a class. */
    public SafeClassWriter() {
        super(COMPUTE_FRAMES);
    }

    @Override
    protected String getCommonSuperClass(final String one, final String other) {
        return Type.getInternalName(Object.class);
    }
}
