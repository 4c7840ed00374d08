// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.schema;

import dev.sluice.system.schema.RandomSchemas.Event;
import dev.sluice.system.schema.RandomSchemas.Kind;
import dev.sluice.system.schema.RandomSchemas.Parameter;
import dev.sluice.system.schema.RandomSchemas.Schema;
import dev.sluice.trace.EventEncoder;
import dev.sluice.trace.Field;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Sluice;
import dev.sluice.trace.Tracepoint;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * A process that declares random schemas twice, by interfaces that it compiles and by name, waits to be traced, and
 * fires random events through either.
 * <pre>SchemaProgram SEED EVENTS DIRECTORY</pre>
 */
final class SchemaProgram {
    private static final Duration TIMEOUT = Duration.ofMinutes(3);

    private final Map<String, Object> typed = new HashMap<>();
    private final Map<Schema, Method> methods = new HashMap<>();
    private final Map<Schema, Tracepoint> tracepoints = new HashMap<>();
    private final Random buffers = new Random(1);

    private SchemaProgram() {
    }

    public static void main(final String[] arguments) throws Exception {
        final RandomSchemas random = new RandomSchemas(Long.parseLong(arguments[0]));
        final SchemaProgram program = new SchemaProgram();
        program.declare(random, Path.of(arguments[2]));
        System.out.println("pid " + ProcessHandle.current().pid());
        for (final Object provider : program.typed.keySet()) {
            if (!Provider.named((String) provider).awaitEnabled(TIMEOUT)) {
                throw new IllegalStateException("nobody traces " + provider);
            }
        }
        for (int i = Integer.parseInt(arguments[1]); i > 0; i--) {
            program.fire(random.next());
        }
        System.out.println("fired");
        if (System.in.read() < 0) {
            System.out.println("nobody waits");
        }
    }

    /** Again and again until it is fired: a session is suspended for as long as its consumer gets no processor. */
    private void fire(final Event event) throws ReflectiveOperationException, InterruptedException {
        final long begin = System.nanoTime();
        while (!(event.isTyped() ? fireTyped(event) : fireDynamically(event))) {
            if (System.nanoTime() - begin > TIMEOUT.toNanos()) {
                throw new IllegalStateException("not fired: " + event);
            }
            Thread.sleep(1);
        }
    }

    private void declare(final RandomSchemas random, final Path directory) throws Exception {
        final Map<String, String> sources = new HashMap<>();
        RandomSchemas.enums().forEach(name -> sources.put(name, RandomSchemas.enumSource(name)));
        for (int i = 0; i < RandomSchemas.PROVIDERS; i++) {
            sources.put("random" + i, random.source("random" + i));
        }
        compile(sources, directory);
        final URLClassLoader loader =
            new URLClassLoader(new URL[] {directory.toUri().toURL()}, SchemaProgram.class.getClassLoader());
        for (int i = 0; i < RandomSchemas.PROVIDERS; i++) {
            final String provider = "random" + i;
            final List<Schema> own =
                random.schemas().stream().filter(schema -> schema.provider().equals(provider)).toList();
            // Either may come first.
            if (i % 2 == 0) {
                declareByName(own);
            }
            final Class<?> type = loader.loadClass(provider);
            typed.put(provider, Sluice.provider(type));
            declareByName(own);
            for (final Schema schema : own) {
                methods.put(schema, Arrays.stream(type.getMethods())
                    .filter(method -> method.getName().equals(schema.name())).findAny().orElseThrow());
            }
            if (Provider.named(provider).tracepoints().size() != own.size()) {
                throw new IllegalStateException("declared twice: " + Provider.named(provider).tracepoints());
            }
        }
    }

    private static void compile(final Map<String, String> sources, final Path directory) throws IOException {
        final List<Path> files = new ArrayList<>();
        for (final Map.Entry<String, String> source : sources.entrySet()) {
            files.add(Files.writeString(directory.resolve(source.getKey() + ".java"), source.getValue()));
        }
        final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            if (!compiler.getTask(null, manager, null, List.of("--release", "17", "-proc:none", "-parameters", "-cp",
                System.getProperty("java.class.path"), "-d", directory.toString()), null,
                manager.getJavaFileObjectsFromPaths(files)).call()) {
                throw new IllegalStateException("the generated interfaces do not compile");
            }
        }
    }

    private void declareByName(final List<Schema> schemas) {
        for (final Schema schema : schemas) {
            tracepoints.put(schema, Provider.named(schema.provider()).tracepoint(schema.name(),
                schema.parameters().stream().map(SchemaProgram::field).toArray(Field[]::new)));
        }
    }

    private static Field field(final Parameter parameter) {
        final String name = parameter.name();
        return switch (parameter.kind()) {
            case BYTE -> Field.int8(name);
            case SHORT -> Field.int16(name);
            case INT -> Field.int32(name);
            case LONG -> Field.int64(name);
            case UBYTE -> Field.uint8(name);
            case USHORT -> Field.uint16(name);
            case UINT -> Field.uint32(name);
            case ULONG -> Field.uint64(name);
            case FLOAT -> Field.float32(name);
            case DOUBLE -> Field.float64(name);
            case BOOLEAN -> Field.bool(name);
            case SMALL_ENUM, LARGE_ENUM -> Field.enumeration(name,
                IntStream.range(0, parameter.labels()).mapToObj(RandomSchemas::label).toArray(String[]::new));
            case STRING, SEQUENCE -> Field.string(name);
            case BYTES, BUFFER -> Field.bytes(name);
        };
    }

    private boolean fireTyped(final Event event) throws ReflectiveOperationException {
        final Method method = methods.get(event.schema());
        final Object[] arguments = event.values().clone();
        for (int i = 0; i < arguments.length; i++) {
            switch (event.schema().parameters().get(i).kind()) {
                case SMALL_ENUM, LARGE_ENUM ->
                    arguments[i] = method.getParameterTypes()[i].getEnumConstants()[(int) arguments[i]];
                case SEQUENCE -> arguments[i] = new StringBuilder((String) arguments[i]);
                case BUFFER -> arguments[i] = buffer((byte[]) arguments[i]);
                default -> { }
            }
        }
        return (boolean) method.invoke(typed.get(event.schema().provider()), arguments);
    }

    /** A buffer of any sort with these bytes between position and limit. */
    private ByteBuffer buffer(final byte[] bytes) {
        final int offset = buffers.nextInt(4);
        final ByteBuffer buffer = buffers.nextBoolean() ? ByteBuffer.allocate(bytes.length + 8)
            : ByteBuffer.allocateDirect(bytes.length + 8);
        buffer.position(offset).put(bytes).flip().position(offset);
        final ByteBuffer other = buffers.nextBoolean() ? buffer : buffer.slice();
        return buffers.nextBoolean() ? other : other.asReadOnlyBuffer();
    }

    private boolean fireDynamically(final Event event) {
        final List<Parameter> parameters = event.schema().parameters();
        final Tracepoint tracepoint = tracepoints.get(event.schema());
        final boolean hasText = !parameters.isEmpty() && parameters.get(0).kind().isText();
        final List<Parameter> others = hasText ? parameters.subList(1, parameters.size()) : parameters;
        if (parameters.size() <= 6 && others.stream().allMatch(parameter -> parameter.kind().isIntegral())) {
            final long[] n = IntStream.range(hasText ? 1 : 0, parameters.size())
                .mapToLong(i -> integral(parameters.get(i).kind(), event.values()[i])).toArray();
            return hasText ? fire(tracepoint, (String) event.values()[0], n) : fire(tracepoint, n);
        }
        final EventEncoder encoder = tracepoint.event();
        for (int i = 0; i < parameters.size(); i++) {
            put(encoder, parameters.get(i).kind(), event.values()[i]);
        }
        return encoder.fire();
    }

    private static long integral(final Kind kind, final Object value) {
        return kind == Kind.BOOLEAN ? (boolean) value ? 1 : 0 : ((Number) value).longValue();
    }

    private static boolean fire(final Tracepoint tracepoint, final long... n) {
        return switch (n.length) {
            case 0 -> tracepoint.fire();
            case 1 -> tracepoint.fire(n[0]);
            case 2 -> tracepoint.fire(n[0], n[1]);
            case 3 -> tracepoint.fire(n[0], n[1], n[2]);
            case 4 -> tracepoint.fire(n[0], n[1], n[2], n[3]);
            case 5 -> tracepoint.fire(n[0], n[1], n[2], n[3], n[4]);
            default -> tracepoint.fire(n[0], n[1], n[2], n[3], n[4], n[5]);
        };
    }

    private static boolean fire(final Tracepoint tracepoint, final String text, final long... n) {
        return switch (n.length) {
            case 0 -> tracepoint.fire(text);
            case 1 -> tracepoint.fire(text, n[0]);
            case 2 -> tracepoint.fire(text, n[0], n[1]);
            case 3 -> tracepoint.fire(text, n[0], n[1], n[2]);
            case 4 -> tracepoint.fire(text, n[0], n[1], n[2], n[3]);
            default -> tracepoint.fire(text, n[0], n[1], n[2], n[3], n[4]);
        };
    }

    private void put(final EventEncoder encoder, final Kind kind, final Object value) {
        switch (kind) {
            case FLOAT -> encoder.put((float) value);
            case DOUBLE -> encoder.put((double) value);
            case BOOLEAN -> encoder.put((boolean) value);
            case STRING -> encoder.put((String) value);
            case SEQUENCE -> encoder.put(new StringBuilder((String) value));
            case BYTES -> encoder.put((byte[]) value);
            case BUFFER -> encoder.put(buffer((byte[]) value));
            default -> encoder.put(integral(kind, value));
        }
    }
}
