// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.receive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.consumer.session.Session;
import dev.sluice.consumer.session.SessionWords;
import dev.sluice.ring.packet.PacketHeader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** R7: received is published after the append, so that it never covers what is stored nowhere. */
@Timeout(300)
class ReceiveOrderTest {
    @TempDir
    private Path directory;

    @Test
    void shouldPublishNothingAsReceivedWhenTheAppendFails() {
        assertThat(new ReceiveScenario().applyAsLong(directory.resolve("trace"))).isZero();
    }

    @Test
    void shouldSeeTheFaultWhenReceivedIsPublishedBeforeTheAppend() throws Exception {
        assertThat(run(new PackageLoader(false), "sound")).isZero();
        assertThat(run(new PackageLoader(true), "faulty")).as("the fault shows").isEqualTo(1);
    }

    @SuppressWarnings("unchecked")
    private long run(final ClassLoader loader, final String trace) throws ReflectiveOperationException {
        final ToLongFunction<Path> scenario = (ToLongFunction<Path>) loader.loadClass(ReceiveScenario.class.getName())
            .getConstructor().newInstance();
        assertThat(scenario.getClass()).isNotSameAs(ReceiveScenario.class);
        return scenario.applyAsLong(directory.resolve(trace));
    }

    /** Loads this package anew, if wanted with the fault: the append publishes its sequence before it does anything. */
    private static final class PackageLoader extends ClassLoader {
        private static final String PACKAGE = PacketReceiver.class.getPackageName() + '.';
        private final boolean isFaulty;

        PackageLoader(final boolean isFaulty) {
            super(ReceiveOrderTest.class.getClassLoader());
            this.isFaulty = isFaulty;
        }

        @Override
        protected Class<?> loadClass(final String name, final boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                final Class<?> loaded = findLoadedClass(name);
                if (loaded != null) {
                    return loaded;
                }
                if (!name.startsWith(PACKAGE) || name.indexOf('.', PACKAGE.length()) >= 0) {
                    return super.loadClass(name, resolve);
                }
                final byte[] bytes = bytesOf(name);
                final byte[] used = isFaulty && name.equals(PacketReceiver.class.getName()) ? withFault(bytes) : bytes;
                return defineClass(name, used, 0, used.length);
            }
        }

        private byte[] bytesOf(final String name) throws ClassNotFoundException {
            try (InputStream stream = getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (stream == null) {
                    throw new ClassNotFoundException(name);
                }
                return stream.readAllBytes();
            } catch (final IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }

        private static byte[] withFault(final byte[] bytes) {
            final ClassReader reader = new ClassReader(bytes);
            final ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
            final boolean[] isSeeded = {false};
            reader.accept(new ClassVisitor(Opcodes.ASM9, writer) {
                @Override
                public MethodVisitor visitMethod(final int access, final String name, final String descriptor,
                                                 final String signature, final String[] exceptions) {
                    final MethodVisitor method =
                        super.visitMethod(access, name, descriptor, signature, exceptions);
                    final boolean isAppend = "append".equals(name);
                    isSeeded[0] |= isAppend;
                    return isAppend ? new EarlyReceived(method) : method;
                }
            }, 0);
            assertThat(isSeeded[0]).as("PacketReceiver still has a method append(ring, …)").isTrue();
            return writer.toByteArray();
        }
    }

    /** session.words().publishReceived(ring, packet.sequence()), before the method's own code. */
    private static final class EarlyReceived extends MethodVisitor {
        private static final String RECEIVER = PacketReceiver.class.getName().replace('.', '/');
        private static final String SESSION = Session.class.getName().replace('.', '/');
        private static final String WORDS = SessionWords.class.getName().replace('.', '/');
        private static final String HEADER = PacketHeader.class.getName().replace('.', '/');
        private static final int RING_LOCAL = 1;

        EarlyReceived(final MethodVisitor method) {
            super(Opcodes.ASM9, method);
        }

        @Override
        public void visitCode() {
            super.visitCode();
            visitVarInsn(Opcodes.ALOAD, 0);
            visitFieldInsn(Opcodes.GETFIELD, RECEIVER, "session", "L" + SESSION + ";");
            visitMethodInsn(Opcodes.INVOKEVIRTUAL, SESSION, "words", "()L" + WORDS + ";", false);
            visitVarInsn(Opcodes.ILOAD, RING_LOCAL);
            visitVarInsn(Opcodes.ALOAD, 0);
            visitFieldInsn(Opcodes.GETFIELD, RECEIVER, "packet", "L" + HEADER + ";");
            visitMethodInsn(Opcodes.INVOKEVIRTUAL, HEADER, "sequence", "()J", false);
            visitMethodInsn(Opcodes.INVOKEVIRTUAL, WORDS, "publishReceived", "(IJ)Z", false);
            visitInsn(Opcodes.POP);
        }
    }
}
