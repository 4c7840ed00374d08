// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.probe;

import dev.sluice.ring.FieldSchema;
import dev.sluice.ring.FieldType;
import dev.sluice.usdt.find.ProbeArgument;
import java.util.List;

/**
 * A USDT probe that is traced by itself, one trap a hit, at all its sites. Where each hit is handed out, sites whose
 * arguments differ in number, width or sign are probes apart, of one name. Immutable.
 *
 * @param number    as records have it
 * @param provider  its provider
 * @param name      its name
 * @param arguments at most twelve
 * @param sites     how many places in the code it has
 */
public record TracedProbe(int number, String provider, String name, List<Argument> arguments, int sites) {
    /**
     * One argument.
     *
     * @param name   the field's, where Sluice made the probe; else {@code arg0} and so on
     * @param field  what Sluice knows of it, or null
     * @param place  where it is at the first site that has it
     * @param isText whether it is the address of a text
     */
    public record Argument(String name, FieldSchema field, ProbeArgument place, boolean isText) {
        /** Whether it is a byte sequence: of those only the address is passed, and not how many bytes there are. */
        public boolean isBytes() {
            return field != null && field.type() == FieldType.BYTES;
        }

        /** Whether its value is a number that can be put in order: floats travel as their bits. */
        public boolean isNumber() {
            return !isText && (field == null ? !place.isFloat() : field.type() != FieldType.FLOAT32
                && field.type() != FieldType.FLOAT64 && field.type() != FieldType.BYTES);
        }
    }

    /** "provider:name". */
    public String qualifiedName() {
        return provider + ':' + name;
    }

    /** The place of an argument in the list, by its name or its number, counted from 0; -1 if there is none. */
    public int find(final String argument) {
        for (int i = 0; i < arguments.size(); i++) {
            if (isCalled(arguments.get(i).name, i, argument)) {
                return i;
            }
        }
        return -1;
    }

    /** Whether a user who says this means the argument of a name at a place. */
    static boolean isCalled(final String name, final int place, final String said) {
        return name.equals(said) || said.equals("arg" + place) || said.equals(Integer.toString(place));
    }

    /** What it has, for messages. */
    public String argumentNames() {
        return arguments.isEmpty() ? "no arguments"
            : String.join(", ", arguments.stream().map(Argument::name).toList());
    }
}
