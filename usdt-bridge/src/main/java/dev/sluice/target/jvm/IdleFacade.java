// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.jvm;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectStreamClass;
import java.io.ObjectStreamConstants;
import java.io.Serializable;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * An implementation of a typed interface that does nothing, for environments in which no class can be defined that
 * fires its events. The interface's own default methods work. Stateless: any thread.
 */
public final class IdleFacade {
    /** serialVersionUID of java.lang.reflect.Proxy, which its documentation fixes. */
    private static final long PROXY_ID = -2222568056686623797L;

    private IdleFacade() {
    }

    /** What each method does: nothing; where a boolean is expected, it returns false. */
    private static final class Idle implements InvocationHandler, Serializable {
        private static final long serialVersionUID = 1L;

        static void load() {
            // The call has done it.
            return;
        }

        @Override
        public Object invoke(final Object proxy, final Method method, final Object[] arguments) throws Throwable {
            if (method.getDeclaringClass() == Object.class) {
                return switch (method.getName()) {
                    case "equals" -> proxy == arguments[0];
                    case "hashCode" -> System.identityHashCode(proxy);
                    default -> proxy.getClass().getInterfaces()[0].getTypeName() + " (tracing is off)";
                };
            }
            final MethodHandle ofInterface = method.isDefault() ? find(method) : null;
            if (ofInterface != null) {
                return ofInterface.bindTo(proxy).invokeWithArguments(arguments == null ? new Object[0] : arguments);
            }
            return method.getReturnType() == boolean.class ? Boolean.FALSE : null;
        }

        /** The code of a default method, also of an interface that is not public; null where we may not call it. */
        private static MethodHandle find(final Method method) {
            try {
                return MethodHandles.privateLookupIn(method.getDeclaringClass(), MethodHandles.lookup())
                    .unreflectSpecial(method, method.getDeclaringClass());
            } catch (final IllegalAccessException | SecurityException e) {
                return null;
            }
        }
    }

    /** Loads the classes of the library that {@link #of} needs. */
    public static void prepare() {
        Idle.load();
        Reader.load();
    }

    /**
     * Makes such an implementation.
     *
     * @throws IOException if this JVM forbids that too
     * @throws ClassNotFoundException if this JVM forbids that too
     */
    public static Object of(final Class<?> type) throws IOException, ClassNotFoundException {
        try {
            return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, new Idle());
        } catch (final SecurityException e) {
            // If an interface is not public, only its own package may create a proxy of it; but any code may
            // deserialize one.
            return new Reader(type).readObject();
        }
    }

    /** Deserializes a proxy of an interface that was never serialized. */
    private static final class Reader extends ObjectInputStream {
        private final Class<?> type;

        Reader(final Class<?> type) throws IOException {
            super(new ByteArrayInputStream(written(type)));
            this.type = type;
        }

        static void load() {
            // The call has done it.
            return;
        }

        private static byte[] written(final Class<?> type) throws IOException {
            final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            final DataOutputStream out = new DataOutputStream(bytes);
            out.writeShort(ObjectStreamConstants.STREAM_MAGIC);
            out.writeShort(ObjectStreamConstants.STREAM_VERSION);
            out.writeByte(ObjectStreamConstants.TC_OBJECT);
            out.writeByte(ObjectStreamConstants.TC_PROXYCLASSDESC);
            out.writeInt(1);
            out.writeUTF(type.getName());
            out.writeByte(ObjectStreamConstants.TC_ENDBLOCKDATA);
            // The proxy's superclass has one field, the handler.
            describe(out, Proxy.class.getName(), PROXY_ID, 1);
            out.writeByte('L');
            out.writeUTF("h");
            out.writeByte(ObjectStreamConstants.TC_STRING);
            out.writeUTF(InvocationHandler.class.descriptorString());
            out.writeByte(ObjectStreamConstants.TC_ENDBLOCKDATA);
            out.writeByte(ObjectStreamConstants.TC_NULL);
            out.writeByte(ObjectStreamConstants.TC_OBJECT);
            describe(out, Idle.class.getName(), Idle.serialVersionUID, 0);
            out.writeByte(ObjectStreamConstants.TC_ENDBLOCKDATA);
            out.writeByte(ObjectStreamConstants.TC_NULL);
            return bytes.toByteArray();
        }

        private static void describe(final DataOutputStream out, final String name, final long id, final int fields)
            throws IOException {
            out.writeByte(ObjectStreamConstants.TC_CLASSDESC);
            out.writeUTF(name);
            out.writeLong(id);
            out.writeByte(ObjectStreamConstants.SC_SERIALIZABLE);
            out.writeShort(fields);
        }

        @Override
        @SuppressWarnings("deprecation")
        protected Class<?> resolveProxyClass(final String[] interfaces) {
            return Proxy.getProxyClass(type.getClassLoader(), type);
        }

        @Override
        protected Class<?> resolveClass(final ObjectStreamClass description)
            throws IOException, ClassNotFoundException {
            return description.getName().equals(Idle.class.getName()) ? Idle.class : super.resolveClass(description);
        }
    }
}
