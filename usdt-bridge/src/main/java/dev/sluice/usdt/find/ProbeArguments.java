// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt.find;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads argument specifications such as {@code -4@%eax 8@16(%rsp,%rax,8) 1@$3} or, on aarch64,
 * {@code 8@x0 -4@[sp, 12]}. A compiler has written them and may use any form: a form that is not understood gives an
 * argument that cannot be read, and never a failure. Stateless: any thread.
 */
public final class ProbeArguments {
    private static final Pattern SIZED = Pattern.compile("(-?)([1248])(f?)@(.*)");
    private static final Pattern NUMBER = Pattern.compile("([-+]?)(0[xX]\\p{XDigit}{1,16}|[0-9]{1,20})");
    private static final String REGISTER = "%([a-z0-9]{2,5})";
    private static final Pattern X86_MEMORY = Pattern.compile(
        "([^(%]*)\\((?:" + REGISTER + ")?(?:," + REGISTER + "(?:,([1248]))?)?\\)");
    private static final Pattern AARCH64_MEMORY = Pattern.compile(
        "\\[\\s*([a-z0-9]{2,3})\\s*"
            + "(?:,\\s*(?:#?([-+]?[0-9][0-9a-fA-FxX]*)|(x[0-9]{1,2})\\s*(?:,\\s*lsl\\s*#?([0-3]))?)\\s*)?\\]");

    private static final Map<String, Place> X86 = x86Registers();
    private static final Map<String, Place> AARCH64 = aarch64Registers();

    /** The part of a saved register that a register's name stands for. */
    private record Place(int offset, int lengthBytes, int shift) {
    }

    private ProbeArguments() {
    }

    /**
     * The arguments of a probe.
     *
     * @param specification the note's words; blank if there are no arguments
     * @param architecture  {@code os.arch} of the machine that the process runs on: {@code amd64} or {@code aarch64}
     */
    public static List<ProbeArgument> parse(final String specification, final String architecture) {
        final List<ProbeArgument> arguments = new ArrayList<>();
        for (final String text : split(specification)) {
            arguments.add(argument(text, "aarch64".equals(architecture)));
        }
        return arguments;
    }

    /** The arguments of a probe on this machine. */
    public static List<ProbeArgument> parse(final String specification) {
        return parse(specification, System.getProperty("os.arch"));
    }

    /** Splits at blanks, but not at blanks between brackets. */
    private static List<String> split(final String specification) {
        final List<String> texts = new ArrayList<>();
        final StringBuilder text = new StringBuilder();
        int depth = 0;
        for (final char c : (specification + ' ').toCharArray()) {
            depth += c == '[' || c == '(' ? 1 : c == ']' || c == ')' ? -1 : 0;
            if (Character.isWhitespace(c) && depth <= 0) {
                if (!text.isEmpty()) {
                    texts.add(text.toString());
                    text.setLength(0);
                }
            } else {
                text.append(c);
            }
        }
        if (!text.isEmpty()) {
            texts.add(text.toString().strip());
        }
        return texts;
    }

    private static ProbeArgument argument(final String text, final boolean isAarch64) {
        final Matcher sized = SIZED.matcher(text);
        // The oldest notes give no size: such arguments are words.
        final boolean hasSize = sized.matches();
        final int length = hasSize ? Integer.parseInt(sized.group(2)) : Long.BYTES;
        final boolean isSigned = hasSize && !sized.group(1).isEmpty();
        final boolean isFloat = hasSize && !sized.group(3).isEmpty();
        final String operand = hasSize ? sized.group(4).strip() : text;
        final ProbeArgument unread = new ProbeArgument(ProbeArgument.Kind.UNREADABLE, length, isSigned, isFloat,
            0, ProbeArgument.NONE, ProbeArgument.NONE, 0, text);
        final ProbeArgument read = isAarch64 ? aarch64(unread, operand) : x86(unread, operand);
        // A float in memory or in a whole general register is stored as its bits. As a constant it would be text, and
        // no other length can be a float.
        final boolean isBits = read.kind() != ProbeArgument.Kind.CONSTANT && read.lengthBytes() == length
            && length >= Float.BYTES;
        return isFloat && !isBits ? unread : read;
    }

    private static ProbeArgument x86(final ProbeArgument unread, final String operand) {
        if (operand.startsWith("$")) {
            return constant(unread, operand.substring(1));
        }
        if (operand.startsWith("%")) {
            return register(unread, X86.get(operand.substring(1)));
        }
        final Matcher memory = X86_MEMORY.matcher(operand);
        if (!memory.matches() || memory.group(2) == null && memory.group(3) == null) {
            return unread;
        }
        final String scale = memory.group(4) == null ? "1" : memory.group(4);
        return memory(unread, memory.group(1), memory.group(2), memory.group(3),
            Integer.numberOfTrailingZeros(Integer.parseInt(scale)), X86);
    }

    private static ProbeArgument aarch64(final ProbeArgument unread, final String operand) {
        final Place place = AARCH64.get(operand);
        if (place != null) {
            return register(unread, place);
        }
        final Matcher memory = AARCH64_MEMORY.matcher(operand);
        if (!memory.matches()) {
            return constant(unread, operand.startsWith("#") ? operand.substring(1) : operand);
        }
        return memory(unread, memory.group(2), memory.group(1), memory.group(3),
            memory.group(4) == null ? 0 : Integer.parseInt(memory.group(4)), AARCH64);
    }

    private static ProbeArgument constant(final ProbeArgument unread, final String text) {
        final Long value = number(text);
        return value == null ? unread : new ProbeArgument(ProbeArgument.Kind.CONSTANT, unread.lengthBytes(),
            unread.isSigned(), unread.isFloat(), value, ProbeArgument.NONE, ProbeArgument.NONE, 0, unread.text());
    }

    private static ProbeArgument register(final ProbeArgument unread, final Place place) {
        // If the register is narrower than the size says, the bits beyond the register do not belong to the value.
        return place == null ? unread : new ProbeArgument(ProbeArgument.Kind.REGISTER,
            Math.min(unread.lengthBytes(), place.lengthBytes), unread.isSigned(), unread.isFloat(), 0, place.offset,
            ProbeArgument.NONE, place.shift, unread.text());
    }

    private static ProbeArgument memory(final ProbeArgument unread, final String displacement, final String base,
        final String index, final int shift, final Map<String, Place> registers) {
        final Long value = displacement == null || displacement.isEmpty() ? Long.valueOf(0) : number(displacement);
        final int baseOffset = address(base, registers);
        final int indexOffset = address(index, registers);
        if (value == null || base != null && baseOffset < 0 || index != null && indexOffset < 0) {
            return unread;
        }
        return new ProbeArgument(ProbeArgument.Kind.MEMORY, unread.lengthBytes(), unread.isSigned(), unread.isFloat(),
            value, baseOffset, indexOffset, shift, unread.text());
    }

    /** Addresses are made of whole registers only. */
    private static int address(final String name, final Map<String, Place> registers) {
        final Place place = name == null ? null : registers.get(name);
        return place == null || place.lengthBytes != Long.BYTES ? ProbeArgument.NONE : place.offset;
    }

    private static Long number(final String text) {
        final Matcher matcher = NUMBER.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        try {
            final String digits = matcher.group(2);
            final long value = digits.length() > 2 && Character.toLowerCase(digits.charAt(1)) == 'x'
                ? Long.parseUnsignedLong(digits.substring(2), 16) : Long.parseUnsignedLong(digits);
            return matcher.group(1).equals("-") ? -value : value;
        } catch (final NumberFormatException e) {
            // More than 64 bits.
            return null;
        }
    }

    /** Offsets in struct pt_regs, which the kernel's own headers fix for user space. */
    private static Map<String, Place> x86Registers() {
        final Map<String, Place> places = new HashMap<>();
        final String[] saved = {
            "r15", "r14", "r13", "r12", "bp", "bx", "r11", "r10", "r9", "r8", "ax", "cx", "dx", "si", "di"};
        for (int i = 0; i < saved.length; i++) {
            putX86(places, saved[i], i * Long.BYTES);
        }
        putX86(places, "sp", 19 * Long.BYTES);
        return places;
    }

    private static void putX86(final Map<String, Place> places, final String name, final int offset) {
        final boolean isNumbered = Character.isDigit(name.charAt(1));
        final boolean isLettered = name.endsWith("x");
        final String low = isNumbered ? name + "b" : isLettered ? name.charAt(0) + "l" : name + "l";
        places.put(isNumbered ? name : "r" + name, new Place(offset, Long.BYTES, 0));
        places.put(isNumbered ? name + "d" : "e" + name, new Place(offset, Integer.BYTES, 0));
        places.put(isNumbered ? name + "w" : name, new Place(offset, Short.BYTES, 0));
        places.put(low, new Place(offset, 1, 0));
        if (isLettered) {
            places.put(name.charAt(0) + "h", new Place(offset, 1, Byte.SIZE));
        }
    }

    /** Offsets in struct user_pt_regs: x0 to x30, then the stack pointer. */
    private static Map<String, Place> aarch64Registers() {
        final Map<String, Place> places = new HashMap<>();
        for (int i = 0; i <= 30; i++) {
            places.put("x" + i, new Place(i * Long.BYTES, Long.BYTES, 0));
            places.put("w" + i, new Place(i * Long.BYTES, Integer.BYTES, 0));
        }
        places.put("sp", new Place(31 * Long.BYTES, Long.BYTES, 0));
        return places;
    }
}
