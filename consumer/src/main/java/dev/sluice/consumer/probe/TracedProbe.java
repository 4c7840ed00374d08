// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.probe;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.usdt.find.ProbeArgument;
import java.util.List;

/**
 * A USDT probe that is traced without rings, one trap for each hit, at all its sites. If each hit is handed out, sites
 * whose arguments differ in number, width or sign are separate probes with the same name. Immutable.
 *
 * @param number    the probe's number in records
 * @param provider  the probe's provider
 * @param name      its name
 * @param arguments at most twelve
 * @param sites     at how many places of the code the probe is
 */
public record TracedProbe(int number, String provider, String name, List<Argument> arguments, int sites) {
    /**
     * One argument.
     *
     * @param name   the field's name if Sluice made the probe; else {@code arg0} and so on
     * @param field  the field, if Sluice made the probe, or null
     * @param place  where the argument is at the first site that has it
     * @param isText whether the argument is the address of a text
     */
    public record Argument(String name, FieldSchema field, ProbeArgument place, boolean isText) {
        /** Whether the argument is a byte sequence: the probe passes only its address, and not its length. */
        public boolean isBytes() {
            return field != null && field.type() == FieldType.BYTES;
        }

        /**
         * Whether the argument's value is a number that can be ordered. Floats are not, because they are passed as
         * their bits.
         */
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

    /** Whether what a user has said means the argument with a name at a place. */
    static boolean isCalled(final String name, final int place, final String said) {
        return name.equals(said) || said.equals("arg" + place) || said.equals(Integer.toString(place));
    }

    /** The names of the probe's arguments, for messages. */
    public String argumentNames() {
        return arguments.isEmpty() ? "no arguments"
            : String.join(", ", arguments.stream().map(Argument::name).toList());
    }
}
