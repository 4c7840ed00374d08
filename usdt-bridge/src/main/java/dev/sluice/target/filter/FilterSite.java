// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.filter;

import dev.sluice.os.jvm.Thrown;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.where.EventTest;
import java.lang.invoke.CallSite;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.MutableCallSite;
import java.util.ArrayList;
import java.util.List;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * The place in the code of one method of a typed interface that calls the filter of its tracepoint. The compiler
 * inlines what is called there, and compiles the method again when another filter comes. Nothing is made for it before
 * there is a filter. {@link #filter} is for one thread at a time.
 */
public final class FilterSite {
    /** What links the place; its argument is the index of the place among the class data, a list. */
    public static final Handle BOOTSTRAP = new Handle(Opcodes.H_INVOKESTATIC, Type.getInternalName(FilterSite.class),
        "link", MethodType.methodType(CallSite.class, MethodHandles.Lookup.class, String.class, MethodType.class,
            int.class).toMethodDescriptorString(), false);

    private final MethodType type;
    private MutableCallSite site;
    /** Of the class that has the place; null until it is defined. */
    private MethodHandles.Lookup inside;
    private String method;

    /**
     * A place that is not filtered yet.
     *
     * @param type parameters of the method, and a boolean: whether the event is wanted
     */
    public FilterSite(final MethodType type) {
        this.type = type;
    }

    /**
     * Links a place, when it is called first.
     *
     * @throws ReflectiveOperationException if the caller has no such data
     */
    public static CallSite link(final MethodHandles.Lookup caller, final String name, final MethodType type,
        final int index) throws ReflectiveOperationException {
        return MethodHandles.classDataAt(caller, "_", FilterSite.class, index).callSite();
    }

    private synchronized MutableCallSite callSite() {
        if (site == null) {
            site = new MutableCallSite(MethodHandles.dropArguments(
                MethodHandles.constant(boolean.class, true), 0, type.parameterList()));
        }
        return site;
    }

    /** Says where the place is: in a static method that does nothing else, of the same type. */
    public synchronized void isIn(final MethodHandles.Lookup newInside, final String newMethod) {
        inside = newInside;
        method = newMethod;
    }

    /** Has the place call the code of a test from now on. */
    public synchronized void filter(final List<FieldSchema> fields, final EventTest test) {
        callSite().setTarget(FilterClass.typed(fields, test, type));
        MutableCallSite.syncAll(new MutableCallSite[] {site});
        rehearse();
    }

    /** Links the place, so that no thread of the application does with its first event. The answer means nothing. */
    private void rehearse() {
        final List<Object> nothing = new ArrayList<>();
        for (final Class<?> parameter : type.parameterArray()) {
            nothing.add(parameter == boolean.class ? (Object) false : parameter == float.class ? (Object) 0f
                : parameter == double.class ? (Object) 0d : parameter.isPrimitive() ? (Object) (byte) 0 : null);
        }
        try {
            inside.findStatic(inside.lookupClass(), method, type).invokeWithArguments(nothing);
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }
}
