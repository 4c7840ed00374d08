// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.memory;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.agrona.UnsafeApi;

/**
 * Raw loads and stores at addresses of mapped memory, named by their ordering with the words of
 * {@link java.lang.invoke.VarHandle}.
 * <p>
 * Any thread may call any method. There are no bounds checks: the caller owns the proof that the address is mapped
 * and naturally aligned (an unaligned word is not atomic).
 */
public final class Memory {
    /** The package of java.base that Agrona needs. */
    public static final String JDK_PACKAGE = "jdk.internal.misc";
    /** Bytes that memory and files are taken and given back by; larger pages are a multiple of it. A power of two. */
    public static final int PAGE_LENGTH = 4096;
    /** So many bytes are copied word by word. */
    private static final int FEW_BYTES = 64;

    /**
     * Where the bytes of an array begin. Asking for it is a call into native code, which costs more than to copy few
     * bytes. A class of its own, as {@link #open} has to come first.
     */
    static final class ByteArray {
        static final long BASE = UnsafeApi.arrayBaseOffset(byte[].class);

        private ByteArray() {
        }
    }

    private Memory() {
    }

    /** A length rounded up to whole pages. */
    public static long wholePages(final long lengthBytes) {
        return lengthBytes + PAGE_LENGTH - 1 & -PAGE_LENGTH;
    }

    /**
     * Makes the one export of java.base that Agrona needs: before anything else of this class, or of Agrona's buffers,
     * is used in a JVM that may have been started without a flag. With the launcher's flag there is nothing to do;
     * else the trusted lookup is fetched through sun.misc.Unsafe, which works without a flag on 17 (silently) to 25
     * (the JDK prints a warning of its own). Reached by reflection, because naming sun.misc.Unsafe is a compiler
     * warning. Any thread; may be called again.
     *
     * @return why it could not be made, or null
     */
    public static Throwable open() {
        final Module base = Object.class.getModule();
        final Module own = UnsafeApi.class.getModule();
        if (base.isExported(JDK_PACKAGE, own)) {
            return null;
        }
        try {
            final Class<?> unsafeClass = Class.forName("sun.misc.Unsafe");
            final Field theUnsafe = unsafeClass.getDeclaredField("theUnsafe");
            theUnsafe.setAccessible(true);
            final Object unsafe = theUnsafe.get(null);
            final Field lookup = MethodHandles.Lookup.class.getDeclaredField("IMPL_LOOKUP");
            final Method base0 = unsafeClass.getMethod("staticFieldBase", Field.class);
            final Method offset = unsafeClass.getMethod("staticFieldOffset", Field.class);
            final Method getObject = unsafeClass.getMethod("getObject", Object.class, long.class);
            final MethodHandles.Lookup trusted = (MethodHandles.Lookup) getObject.invoke(unsafe,
                base0.invoke(unsafe, lookup), offset.invoke(unsafe, lookup));
            final MethodHandle export = trusted.findVirtual(Module.class, "implAddExports",
                MethodType.methodType(void.class, String.class, Module.class));
            export.invoke(base, JDK_PACKAGE, own);
            return base.isExported(JDK_PACKAGE, own) ? null : new IllegalAccessException("the export had no effect");
        } catch (final VirtualMachineError e) {
            throw e;
        } catch (final Throwable e) {
            return e instanceof InvocationTargetException ? e.getCause() : e;
        }
    }

    /** Memory that belongs to the caller until {@link #free}, aligned to 16 bytes. */
    public static long allocate(final long lengthBytes) {
        return UnsafeApi.allocateMemory(lengthBytes);
    }

    /** Gives back what {@link #allocate} has returned. */
    public static void free(final long address) {
        UnsafeApi.freeMemory(address);
    }

    /** Plain load. */
    public static long getLong(final long address) {
        return UnsafeApi.getLong(address);
    }

    /** Plain store. */
    public static void putLong(final long address, final long value) {
        UnsafeApi.putLong(address, value);
    }

    /** Plain load. */
    public static int getInt(final long address) {
        return UnsafeApi.getInt(address);
    }

    /** Plain store. */
    public static void putInt(final long address, final int value) {
        UnsafeApi.putInt(address, value);
    }

    /** Plain load. */
    public static short getShort(final long address) {
        return UnsafeApi.getShort(address);
    }

    /** Plain store. */
    public static void putShort(final long address, final short value) {
        UnsafeApi.putShort(address, value);
    }

    /** Plain load. */
    public static byte getByte(final long address) {
        return UnsafeApi.getByte(address);
    }

    /** Plain store. */
    public static void putByte(final long address, final byte value) {
        UnsafeApi.putByte(address, value);
    }

    /** Load that later loads and stores are not moved before; pairs with {@link #putLongRelease}. */
    public static long getLongAcquire(final long address) {
        return UnsafeApi.getLongAcquire(null, address);
    }

    /** Store that earlier loads and stores are not moved after; pairs with {@link #getLongAcquire}. */
    public static void putLongRelease(final long address, final long value) {
        UnsafeApi.putLongRelease(null, address, value);
    }

    /** Load that is atomic and never hoisted out of a loop, with no ordering of others. */
    public static int getIntOpaque(final long address) {
        return UnsafeApi.getIntOpaque(null, address);
    }

    /** Load that is atomic and never hoisted out of a loop, with no ordering of others. */
    public static long getLongOpaque(final long address) {
        return UnsafeApi.getLongOpaque(null, address);
    }

    /** Sequentially consistent load. */
    public static int getIntVolatile(final long address) {
        return UnsafeApi.getIntVolatile(null, address);
    }

    /** Sequentially consistent load. */
    public static long getLongVolatile(final long address) {
        return UnsafeApi.getLongVolatile(null, address);
    }

    /** Sequentially consistent store. */
    public static void putLongVolatile(final long address, final long value) {
        UnsafeApi.putLongVolatile(null, address, value);
    }

    /** Release store of a 16-bit word. */
    public static void putShortRelease(final long address, final short value) {
        UnsafeApi.putShortRelease(null, address, value);
    }

    /** Atomic compare-and-set with the ordering of a volatile load and store. */
    public static boolean compareAndSetLong(final long address, final long expected, final long value) {
        return UnsafeApi.compareAndSetLong(null, address, expected, value);
    }

    /** Copies bytes; the areas must not overlap. */
    public static void copy(final long from, final long to, final long lengthBytes) {
        UnsafeApi.copyMemory(from, to, lengthBytes);
    }

    /**
     * Copies few bytes, or many. Addresses are multiples of 8, and up to the next multiple of 8 behind the length both
     * areas have room: what lies there is copied as well.
     */
    public static void copyWords(final long from, final long to, final int lengthBytes) {
        if (lengthBytes > FEW_BYTES) {
            UnsafeApi.copyMemory(from, to, lengthBytes);
            return;
        }
        for (int i = 0; i < lengthBytes; i += Long.BYTES) {
            putLong(to + i, getLong(from + i));
        }
    }

    /** Copies bytes out of memory into an array. */
    public static byte[] getBytes(final long address, final int lengthBytes) {
        final byte[] bytes = new byte[lengthBytes];
        UnsafeApi.copyMemory(null, address, bytes, ByteArray.BASE, lengthBytes);
        return bytes;
    }

    /** Copies part of an array into memory. */
    public static void putBytes(final long address, final byte[] source, final int offset, final int lengthBytes) {
        if (lengthBytes <= FEW_BYTES) {
            putFewBytes(address, source, offset, lengthBytes);
            return;
        }
        UnsafeApi.copyMemory(source, ByteArray.BASE + offset, null, address, lengthBytes);
    }

    /**
     * A call to copy memory costs more than copying few bytes. The last word is copied as a whole, also where it
     * overlaps the one before: then as many bytes as most texts have take no loop, whose begin and end the compiler
     * makes dearer than its middle.
     */
    private static void putFewBytes(final long address, final byte[] source, final int offset, final int lengthBytes) {
        final long begin = ByteArray.BASE + offset;
        if (lengthBytes >= Long.BYTES) {
            putLong(address, UnsafeApi.getLong(source, begin));
            final int last = lengthBytes - Long.BYTES;
            for (int i = Long.BYTES; i < last; i += Long.BYTES) {
                putLong(address + i, UnsafeApi.getLong(source, begin + i));
            }
            putLong(address + last, UnsafeApi.getLong(source, begin + last));
        } else if (lengthBytes >= Integer.BYTES) {
            final int last = lengthBytes - Integer.BYTES;
            putInt(address, UnsafeApi.getInt(source, begin));
            putInt(address + last, UnsafeApi.getInt(source, begin + last));
        } else if (lengthBytes > 0) {
            putByte(address, UnsafeApi.getByte(source, begin));
            final int middle = lengthBytes >>> 1;
            putByte(address + middle, UnsafeApi.getByte(source, begin + middle));
            putByte(address + lengthBytes - 1, UnsafeApi.getByte(source, begin + lengthBytes - 1));
        }
    }

    /** Fills bytes with zero. */
    public static void zero(final long address, final long lengthBytes) {
        UnsafeApi.setMemory(address, lengthBytes, (byte) 0);
    }
}
