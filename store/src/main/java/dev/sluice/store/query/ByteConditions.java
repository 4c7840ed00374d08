// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.query;

import dev.sluice.ring.event.Glob;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.where.Expression.Operator;
import java.nio.charset.StandardCharsets;

/** Conditions over fields that are texts or byte sequences. */
final class ByteConditions {
    private ByteConditions() {
    }

    /** Compares two byte sequences, byte by byte, unsigned. For texts that is the order of Unicode. */
    private abstract static class Compared extends Condition {
        private final FieldAccess access;
        private final Operator operator;

        Compared(final FieldAccess access, final Operator operator) {
            this.access = access;
            this.operator = operator;
        }

        final boolean isNull(final long fieldsAddress) {
            return access.isNull(fieldsAddress);
        }

        /** Compares the field with a sequence whose bytes {@link #otherByte} returns. */
        final int compare(final long fieldsAddress, final long otherAddress, final int otherLength) {
            final long address = access.address(fieldsAddress);
            final int length = lengthAt(address);
            int difference = length - otherLength;
            // Sequences of different lengths cannot be equal, whatever their bytes are.
            final int common = difference != 0 && operator.isEquality() ? 0 : Math.min(length, otherLength);
            for (int i = 0; i < common; i++) {
                final int here = Byte.toUnsignedInt(Memory.getByte(address + Short.BYTES + i))
                    - Byte.toUnsignedInt(otherByte(otherAddress, i));
                if (here != 0) {
                    difference = here;
                    break;
                }
            }
            return of(operator.holds(difference));
        }

        abstract byte otherByte(long otherAddress, int index);
    }

    /** Compares a field with a given byte sequence. */
    static final class Value extends Compared {
        private final byte[] value;

        Value(final FieldAccess access, final Operator operator, final byte[] value) {
            super(access, operator);
            this.value = value;
        }

        @Override
        int test(final long fieldsAddress) {
            return isNull(fieldsAddress) ? UNKNOWN : compare(fieldsAddress, 0, value.length);
        }

        @Override
        byte otherByte(final long otherAddress, final int index) {
            return value[index];
        }
    }

    /** Compares two fields of one event that are both texts or both byte sequences. */
    static final class Fields extends Compared {
        private final FieldAccess right;

        Fields(final FieldAccess left, final Operator operator, final FieldAccess right) {
            super(left, operator);
            this.right = right;
        }

        @Override
        int test(final long fieldsAddress) {
            if (isNull(fieldsAddress) || right.isNull(fieldsAddress)) {
                return UNKNOWN;
            }
            final long other = right.address(fieldsAddress);
            return compare(fieldsAddress, other, lengthAt(other));
        }

        @Override
        byte otherByte(final long otherAddress, final int index) {
            return Memory.getByte(otherAddress + Short.BYTES + index);
        }
    }

    /** Whether a text fits a pattern. This condition makes a string of each text. */
    static final class Like extends Condition {
        private final FieldAccess access;
        private final Glob pattern;
        private final boolean isWanted;

        Like(final FieldAccess access, final Glob pattern, final boolean isWanted) {
            this.access = access;
            this.pattern = pattern;
            this.isWanted = isWanted;
        }

        @Override
        int test(final long fieldsAddress) {
            if (access.isNull(fieldsAddress)) {
                return UNKNOWN;
            }
            return of(pattern.matches(text(access, fieldsAddress)) == isWanted);
        }
    }

    private static String text(final FieldAccess access, final long fieldsAddress) {
        final long address = access.address(fieldsAddress);
        return new String(Memory.getBytes(address + Short.BYTES, lengthAt(address)), StandardCharsets.UTF_8);
    }

    private static int lengthAt(final long address) {
        return Short.toUnsignedInt(Memory.getShort(address));
    }
}
