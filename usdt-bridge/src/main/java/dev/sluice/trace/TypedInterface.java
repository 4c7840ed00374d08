// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.target.jvm.Warnings;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a typed interface declares, read by reflection. Everything is checked before any tracepoint is declared. Each
 * error names the method, what is wrong with it and what to write instead.
 */
final class TypedInterface {
    private static final Pattern GUARD = Pattern.compile("is(\\p{javaUpperCase}.*)Enabled");
    private static final String GUARD_OF_ALL = "isEnabled";

    private final Class<?> type;
    private final String provider;
    private final List<TypedMethod> methods = new ArrayList<>();

    private TypedInterface(final Class<?> type, final String provider) {
        this.type = type;
        this.provider = provider;
    }

    /**
     * Reads an interface.
     *
     * @throws IllegalArgumentException if it is no declaration of tracepoints
     */
    static TypedInterface of(final Class<?> type) {
        final TypedInterface result = new TypedInterface(type, providerOf(type));
        final Map<String, Method> abstracts = new TreeMap<>();
        // Reflection returns methods in any order. They are sorted, so that ids are the same in every run.
        Arrays.stream(type.getMethods()).filter(TypedInterface::isToImplement)
            .sorted(Comparator.comparing(method -> method.getDeclaringClass().getName()))
            .forEach(method -> result.addTo(abstracts, method));
        final Map<String, TypedMethod> byName = new HashMap<>();
        for (final Method method : abstracts.values()) {
            if (!isGuard(method)) {
                final TypedMethod fires = firing(method);
                final TypedMethod other = byName.put(fires.name(), fires);
                if (other != null) {
                    throw new IllegalArgumentException(TypedMethod.describe(method) + " and "
                        + TypedMethod.describe(other.method()) + " are both tracepoint " + result.provider + ':'
                        + fires.name() + ": give one of them another name by @Name");
                }
                result.methods.add(fires);
            }
        }
        final List<Method> firing = result.methods.stream().map(TypedMethod::method).toList();
        for (final Method method : abstracts.values()) {
            if (isGuard(method)) {
                result.methods.add(new TypedMethod(method, null, List.of(), guarded(method, firing)));
            }
        }
        return result;
    }

    private static String providerOf(final Class<?> type) {
        if (!type.isInterface() || type.isAnnotation() || type.isSealed() || type.isHidden()) {
            throw new IllegalArgumentException(type.getTypeName() + " is "
                + (!type.isInterface() ? "no interface" : type.isSealed() ? "sealed" : "no interface to implement")
                + ": declare tracepoints as methods of an ordinary interface");
        }
        final TraceProvider annotation = type.getAnnotation(TraceProvider.class);
        if (annotation != null) {
            try {
                return Provider.checkProviderName(annotation.value());
            } catch (final IllegalArgumentException e) {
                throw new IllegalArgumentException(type.getTypeName() + ": " + e.getMessage(), e);
            }
        }
        for (final Annotation other : type.getAnnotations()) {
            if (other.annotationType().getName().equals(TraceProvider.class.getName())) {
                throw new IllegalArgumentException(type.getTypeName() + " is annotated with the TraceProvider of"
                    + " another copy of the library (" + other.annotationType().getClassLoader() + ", not "
                    + TraceProvider.class.getClassLoader() + "): call the copy that it is compiled against");
            }
        }
        throw new IllegalArgumentException(type.getTypeName() + " has no provider: annotate it with"
            + " @TraceProvider(\"name\")");
    }

    private static boolean isToImplement(final Method method) {
        if (!Modifier.isAbstract(method.getModifiers())) {
            return false;
        }
        try {
            Object.class.getMethod(method.getName(), method.getParameterTypes());
            return false;
        } catch (final NoSuchMethodException e) {
            return true;
        }
    }

    private void addTo(final Map<String, Method> abstracts, final Method method) {
        if (method.getReturnType() != void.class && method.getReturnType() != boolean.class) {
            throw new IllegalArgumentException(TypedMethod.describe(method) + " returns "
                + method.getReturnType().getTypeName()
                + ": a tracepoint returns void, or boolean for whether it was fired");
        }
        final Method other = abstracts.putIfAbsent(TypedMethod.signature(method), method);
        if (other != null && other.getReturnType() != method.getReturnType()) {
            throw new IllegalArgumentException(TypedMethod.describe(method) + " and " + TypedMethod.describe(other)
                + " return different types: declare one of them only");
        }
    }

    private static boolean isGuard(final Method method) {
        return method.getParameterCount() == 0 && method.getReturnType() == boolean.class
            && !method.isAnnotationPresent(Name.class)
            && (method.getName().equals(GUARD_OF_ALL) || GUARD.matcher(method.getName()).matches());
    }

    private static List<Method> guarded(final Method guard, final List<Method> firing) {
        final Matcher matcher = GUARD.matcher(guard.getName());
        if (!matcher.matches()) {
            return firing;
        }
        final String capitalised = matcher.group(1);
        final List<Method> found = firing.stream()
            .filter(method -> capitalise(method.getName()).equals(capitalised)).toList();
        if (found.isEmpty()) {
            throw new IllegalArgumentException(TypedMethod.describe(guard) + " guards no tracepoint: no method "
                + capitalised.substring(0, 1).toLowerCase(Locale.ROOT) + capitalised.substring(1)
                + " fires one. Name it after a method, or annotate it with @Name if it is a tracepoint itself");
        }
        return found;
    }

    private static String capitalise(final String name) {
        return name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    }

    private static TypedMethod firing(final Method method) {
        final Name name = method.getAnnotation(Name.class);
        final List<Field> fields = new ArrayList<>();
        for (final Parameter parameter : method.getParameters()) {
            fields.add(field(method, fields.size(), parameter));
        }
        final String tracepoint = name == null ? method.getName() : name.value();
        try {
            Provider.checkDeclaration(tracepoint, fields);
            final Description description = method.getAnnotation(Description.class);
            if (description != null) {
                Field.checkDescription(description.value());
            }
        } catch (final IllegalArgumentException e) {
            throw new IllegalArgumentException(TypedMethod.describe(method) + ": " + e.getMessage(), e);
        }
        return new TypedMethod(method, tracepoint, fields, List.of());
    }

    private static Field field(final Method method, final int index, final Parameter parameter) {
        final Name annotation = parameter.getAnnotation(Name.class);
        final String where = TypedMethod.describe(method) + ", parameter " + (index + 1);
        if (annotation == null && !parameter.isNamePresent()) {
            // This is no wrong declaration but a setting of the build, and the values are useful without their names
            // too. So it is only a warning.
            Warnings.once("the parameters of " + method.getDeclaringClass().getTypeName()
                + " have no names, so its fields are called arg0, arg1 and so on: compile it with javac's -parameters,"
                + " or annotate each parameter with @Name(\"...\")");
        }
        final String name = annotation == null ? parameter.getName() : annotation.value();
        try {
            return withNotes(field(name, parameter.getType(), parameter.isAnnotationPresent(Unsigned.class)),
                parameter);
        } catch (final IllegalArgumentException e) {
            throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
        }
    }

    private static Field withNotes(final Field field, final Parameter parameter) {
        final Unit unit = parameter.getAnnotation(Unit.class);
        final Field withUnit = unit == null ? field : field.unit(unit.value());
        final Description description = parameter.getAnnotation(Description.class);
        return description == null ? withUnit : withUnit.describedAs(description.value());
    }

    private static Field field(final String name, final Class<?> type, final boolean isUnsigned) {
        if (type == byte.class) {
            return isUnsigned ? Field.uint8(name) : Field.int8(name);
        }
        if (type == short.class) {
            return isUnsigned ? Field.uint16(name) : Field.int16(name);
        }
        if (type == int.class) {
            return isUnsigned ? Field.uint32(name) : Field.int32(name);
        }
        if (type == long.class) {
            return isUnsigned ? Field.uint64(name) : Field.int64(name);
        }
        if (isUnsigned) {
            throw new IllegalArgumentException(name + " of type " + type.getTypeName()
                + " cannot be @Unsigned: only byte, short, int and long can");
        }
        if (type == float.class) {
            return Field.float32(name);
        }
        if (type == double.class) {
            return Field.float64(name);
        }
        if (type == boolean.class) {
            return Field.bool(name);
        }
        if (type == String.class || type == CharSequence.class) {
            return Field.string(name);
        }
        if (type == byte[].class || type == ByteBuffer.class) {
            return Field.bytes(name);
        }
        if (type.isEnum()) {
            return Field.enumeration(name, Arrays.stream(type.getEnumConstants())
                .map(constant -> ((Enum<?>) constant).name()).toArray(String[]::new));
        }
        throw new IllegalArgumentException(name + " is of type " + type.getTypeName() + ", which no field can hold: use"
            + " byte, short, int, long, float, double, boolean, an enum type, String, CharSequence, byte[] or"
            + " ByteBuffer");
    }

    /** The interface. */
    Class<?> type() {
        return type;
    }

    /** Name of the interface's provider, which may not exist yet. */
    String provider() {
        return provider;
    }

    /** The methods to implement: first those that fire, sorted, then the guards. */
    List<TypedMethod> methods() {
        return methods;
    }
}
