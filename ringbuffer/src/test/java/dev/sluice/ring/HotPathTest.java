// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Looks at the compiled code of the owner's way for what R6 keeps out of it. */
class HotPathTest {
    private static final String PACKAGE = "dev/sluice/ring/";
    private static final String PRODUCER = PACKAGE + "RingProducer";
    private static final String MEMORY = PACKAGE + "memory/Memory";
    /** What the JIT compiler replaces by some instructions, and what stores to the owner's own ring. */
    private static final Set<String> HARMLESS = Set.of("java/lang/Math.max(JJ)J", "java/lang/Math.max(II)I",
        MEMORY + ".putLong(JJ)V", MEMORY + ".putLongRelease(JJ)V");

    @Test
    void shouldUseItsOwnFieldsAloneWhenAnEventTakesTheUsualWay() throws IOException {
        assertThat(forbidden("tryClaim(JII)J")).isEmpty();
        assertThat(forbidden("commit(JI)V")).isEmpty();
    }

    @Test
    void shouldFindWhatIsForbiddenWhenTheWayIsTheRareOne() throws IOException {
        assertThat(forbidden("claim(JII)J")).anyMatch(found -> found.contains("Memory.getLongVolatile"))
            .anyMatch(found -> found.contains("RingControl.drainFull"));
    }

    /** What a method of the producer, or a method of the ring that it calls, does beyond arithmetic and stores. */
    private static Set<String> forbidden(final String method) throws IOException {
        final Set<String> found = new TreeSet<>();
        final Set<String> known = new TreeSet<>();
        final Deque<String> left = new ArrayDeque<>(Set.of(PRODUCER + '.' + method));
        while (!left.isEmpty()) {
            final String name = left.remove();
            if (known.add(name)) {
                look(name, found, left);
            }
        }
        return found;
    }

    private static void look(final String name, final Set<String> found, final Deque<String> left)
        throws IOException {
        final String owner = name.substring(0, name.indexOf('.'));
        final boolean[] isThere = {false};
        new ClassReader(owner.replace('/', '.')).accept(new ClassVisitor(Opcodes.ASM9) {
            @Override
            public MethodVisitor visitMethod(final int access, final String method, final String descriptor,
                                             final String signature, final String[] exceptions) {
                if (!name.equals(owner + '.' + method + descriptor)) {
                    return null;
                }
                isThere[0] = true;
                if ((access & (Opcodes.ACC_ABSTRACT | Opcodes.ACC_SYNCHRONIZED)) != 0) {
                    found.add(name + " is abstract or synchronized");
                }
                return new Look(name, found, left);
            }
        }, ClassReader.SKIP_DEBUG);
        if (!isThere[0]) {
            found.add(name + " is inherited, or not there");
        }
    }

    /** One method's instructions. */
    private static final class Look extends MethodVisitor {
        private final String method;
        private final Set<String> found;
        private final Deque<String> left;

        Look(final String method, final Set<String> found, final Deque<String> left) {
            super(Opcodes.ASM9);
            this.method = method;
            this.found = found;
            this.left = left;
        }

        @Override
        public void visitMethodInsn(final int opcode, final String owner, final String name, final String descriptor,
                                    final boolean isInterface) {
            final String callee = owner + '.' + name + descriptor;
            if (HARMLESS.contains(callee)) {
                return;
            }
            if (isInterface || !owner.startsWith(PACKAGE) || owner.equals(MEMORY)) {
                found.add(method + " calls " + callee);
            } else {
                left.add(callee);
            }
        }

        @Override
        public void visitInvokeDynamicInsn(final String name, final String descriptor,
                                           final Handle bootstrap, final Object... arguments) {
            found.add(method + " links " + name);
        }

        @Override
        public void visitTypeInsn(final int opcode, final String type) {
            if (opcode == Opcodes.NEW || opcode == Opcodes.ANEWARRAY) {
                found.add(method + " allocates " + type);
            }
        }

        @Override
        public void visitIntInsn(final int opcode, final int operand) {
            if (opcode == Opcodes.NEWARRAY) {
                found.add(method + " allocates an array");
            }
        }

        @Override
        public void visitInsn(final int opcode) {
            if (opcode == Opcodes.MONITORENTER) {
                found.add(method + " takes a lock");
            }
        }

        @Override
        public void visitFieldInsn(final int opcode, final String owner, final String name, final String descriptor) {
            if (!owner.equals(PRODUCER)) {
                found.add(method + " uses field " + owner + '.' + name);
            }
        }

        @Override
        public void visitTryCatchBlock(final Label start, final Label end, final Label handler, final String type) {
            found.add(method + " catches " + type);
        }
    }
}
