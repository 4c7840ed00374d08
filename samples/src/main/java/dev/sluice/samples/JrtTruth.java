// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Computes what {@link JrtScanner} must report, without Sluice and without any of its code: class files come from the
 * system modules' readers instead of the {@code jrt:/} file system, and are decoded front to back as a stream by
 * {@link DataInputStream} instead of by offsets in an array. A mistake would have to be made twice to go unnoticed.
 */
public final class JrtTruth {
    private JrtTruth() {
    }

    /**
     * Computes the totals of all class files of the running JDK, or of a share of them. Takes some seconds for all.
     *
     * @throws IOException if a module cannot be read or holds something that is not a class file
     */
    public static EventTotals compute(final Share share) throws IOException {
        return compute(share, ModuleFinder.ofSystem().findAll().stream().toList());
    }

    /**
     * Computes the totals of the class files of some modules, in the sorted order of their names.
     *
     * @throws IOException if a module cannot be read or holds something that is not a class file
     */
    static EventTotals compute(final Share share, final List<ModuleReference> modules) throws IOException {
        final Map<String, ModuleReader> readers = new HashMap<>();
        try {
            final List<String> files = new ArrayList<>();
            for (final ModuleReference module : modules) {
                final String name = module.descriptor().name();
                final ModuleReader reader = module.open();
                readers.put(name, reader);
                try (Stream<String> entries = reader.list()) {
                    entries.filter(entry -> entry.endsWith(".class")).forEach(entry -> files.add(name + "/" + entry));
                }
            }
            files.sort(null);
            EventTotals totals = EventTotals.NONE;
            for (int i = 0; i < files.size(); i += share.divisor()) {
                final String file = files.get(i);
                final int slash = file.indexOf('/');
                totals = totals.plus(read(readers.get(file.substring(0, slash)), file.substring(slash + 1)));
            }
            return totals;
        } finally {
            for (final ModuleReader reader : readers.values()) {
                reader.close();
            }
        }
    }

    private static EventTotals read(final ModuleReader reader, final String entry) throws IOException {
        final InputStream stream = reader.open(entry)
            .orElseThrow(() -> new IOException("listed but not there: " + entry));
        try (stream) {
            return computeFile(stream);
        } catch (final IOException e) {
            throw new IOException("cannot decode " + entry + ": " + e, e);
        }
    }

    /** Computes the totals of one class file, which the stream must hold and nothing else. */
    static EventTotals computeFile(final InputStream classFile) throws IOException {
        return new OneFile(new DataInputStream(new BufferedInputStream(classFile))).totals();
    }

    /** The decoding of one class file: a value for each thing the specification says comes next. */
    private static final class OneFile {
        private final DataInputStream in;
        private final Map<Integer, Integer> textLengths = new HashMap<>();
        private final Set<Integer> codeNames = new HashSet<>();
        private long bytes;
        private long methods;
        private long descriptorLengths;
        private long codeLengths;
        private long constants;
        private long tags;
        private long constantLengths;

        OneFile(final DataInputStream in) {
            this.in = in;
        }

        EventTotals totals() throws IOException {
            if (in.readInt() != 0xCAFEBABE) {
                throw new IOException("bad magic");
            }
            in.readInt();
            bytes = 8;
            constantPool();
            discard(6);
            discard(2L * unsignedShort());
            final int fields = unsignedShort();
            for (int i = 0; i < fields; i++) {
                discard(6);
                attributes(false);
            }
            methods = unsignedShort();
            for (int i = 0; i < methods; i++) {
                discard(4);
                descriptorLengths += textLengths.get(unsignedShort());
                attributes(true);
            }
            attributes(false);
            if (in.read() >= 0) {
                throw new IOException("trailing bytes");
            }
            return new EventTotals(1, bytes, methods, methods, descriptorLengths, codeLengths,
                constants, tags, constantLengths);
        }

        private void constantPool() throws IOException {
            final int slots = unsignedShort();
            int slot = 1;
            while (slot < slots) {
                final int tag = in.readUnsignedByte();
                bytes += 1;
                final long before = bytes;
                constant(slot, tag);
                constants++;
                tags += tag;
                constantLengths += bytes - before;
                slot += tag == 5 || tag == 6 ? 2 : 1;
            }
        }

        private void constant(final int slot, final int tag) throws IOException {
            switch (tag) {
                case 1 -> text(slot);
                case 3, 4 -> discard(4);
                case 5, 6 -> discard(8);
                case 7, 8, 16, 19, 20 -> unsignedShort();
                case 9, 10, 11, 12, 17, 18 -> {
                    unsignedShort();
                    unsignedShort();
                }
                case 15 -> discard(3);
                default -> throw new IOException("constant tag " + tag);
            }
        }

        private void text(final int slot) throws IOException {
            final int length = unsignedShort();
            final byte[] text = new byte[length];
            in.readFully(text);
            bytes += length;
            textLengths.put(slot, length);
            if (length == 4 && text[0] == 'C' && text[1] == 'o' && text[2] == 'd' && text[3] == 'e') {
                codeNames.add(slot);
            }
        }

        private void attributes(final boolean ofMethod) throws IOException {
            final int count = unsignedShort();
            for (int i = 0; i < count; i++) {
                final int name = unsignedShort();
                long left = in.readInt() & 0xFFFF_FFFFL;
                bytes += 4;
                if (ofMethod && codeNames.contains(name)) {
                    discard(4);
                    codeLengths += in.readInt();
                    bytes += 4;
                    left -= 8;
                }
                discard(left);
            }
        }

        private int unsignedShort() throws IOException {
            bytes += 2;
            return in.readUnsignedShort();
        }

        private void discard(final long count) throws IOException {
            in.skipNBytes(count);
            bytes += count;
        }
    }
}
