// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A command from the consumer to the target, and its answer (docs/protocol.md section 6). Immutable; the static methods
 * read and write the control file: {@link #send} by the session's consumer, {@link #receive} and {@link #acknowledge}
 * by the target's control thread.
 *
 * @param epoch   epoch of the session that gives it
 * @param kind    one of the KIND constants
 * @param number  counts commands of a session
 * @param payload what the kind says
 */
public record Command(int epoch, int kind, int number, byte[] payload) {
    /** Payload: {@link Enable}. */
    public static final int KIND_ENABLE = 1;
    /** No payload. */
    public static final int KIND_DISABLE = 2;
    /** No payload. */
    public static final int KIND_FLUSH = 3;

    public static final int RESULT_OK = 0;
    public static final int RESULT_TORN = 1;
    public static final int RESULT_UNKNOWN_KIND = 2;
    public static final int RESULT_STALE = 3;
    public static final int RESULT_INCOMPLETE = 4;
    public static final int RESULT_FAILED = 5;

    private static final int HEAD_LENGTH = 16;
    private static final int KIND_BITS = 16;
    private static final int NUMBER_BITS = 32;

    /**
     * Payload of ENABLE.
     *
     * @param source         1 BPF, 2 shared
     * @param policy         null for the target's default
     * @param sizeClasses    whether records take a size class instead of their exact size
     * @param creditBytes    bytes of the BPF ring buffer that may be claimed
     * @param blockTimeoutNs 0 for the target's default
     * @param staleAfterNs   age of the heartbeat at which the target suspends
     * @param patterns       "provider:tracepoint" with * and ?
     */
    public record Enable(int source, FullPolicy policy, boolean sizeClasses, long creditBytes, long blockTimeoutNs,
                         long staleAfterNs, List<String> patterns) {
        public static final int SOURCE_BPF = 1;
        public static final int SOURCE_SHARED = 2;
        /** Source, policy, size classes and padding; credit, two times; the count of patterns. */
        private static final int FIXED_LENGTH = Long.BYTES + 3 * Long.BYTES + Short.BYTES;

        /** Copies the patterns. */
        public Enable {
            patterns = List.copyOf(patterns);
        }

        /** Encodes the payload. */
        public byte[] encode() {
            final List<byte[]> texts = patterns.stream().map(p -> p.getBytes(StandardCharsets.UTF_8)).toList();
            final int length = FIXED_LENGTH + texts.stream().mapToInt(t -> Short.BYTES + t.length).sum();
            final ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
            buffer.put((byte) source).put((byte) (policy == null ? 0 : policy.code()));
            buffer.put((byte) (sizeClasses ? 1 : 0)).put((byte) 0).putInt(0);
            buffer.putLong(creditBytes).putLong(blockTimeoutNs).putLong(staleAfterNs).putShort((short) texts.size());
            texts.forEach(t -> buffer.putShort((short) t.length).put(t));
            return buffer.array();
        }

        /**
         * Decodes a payload.
         *
         * @throws IllegalArgumentException if it is none
         */
        public static Enable decode(final byte[] payload) {
            try {
                final ByteBuffer buffer = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
                final int source = buffer.get();
                final FullPolicy policy = FullPolicy.ofCode(buffer.get());
                final boolean sizeClasses = buffer.get() != 0;
                buffer.position(Long.BYTES);
                final long creditBytes = buffer.getLong();
                final long blockTimeoutNs = buffer.getLong();
                final long staleAfterNs = buffer.getLong();
                final int count = Short.toUnsignedInt(buffer.getShort());
                final List<String> patterns = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    final byte[] text = new byte[Short.toUnsignedInt(buffer.getShort())];
                    buffer.get(text);
                    patterns.add(new String(text, StandardCharsets.UTF_8));
                }
                return new Enable(source, policy, sizeClasses, creditBytes, blockTimeoutNs, staleAfterNs, patterns);
            } catch (final BufferUnderflowException e) {
                throw new IllegalArgumentException("ENABLE payload is cut short: length=" + payload.length, e);
            }
        }
    }

    /** The target's answer: result code, count (tracepoints enabled) and a message for a person. */
    public record Answer(int result, int count, String message) {
    }

    /** The command word. */
    public long word() {
        return (long) epoch << TaggedWord.VALUE_BITS | (long) (kind & 0xFFFF) << NUMBER_BITS | number & 0xFFFF_FFFFL;
    }

    /**
     * Writes body and command word.
     *
     * @return false if another session's command came between: the session is lost
     * @throws IllegalArgumentException if the payload is too long for the body
     */
    public boolean send(final ControlFile file) {
        if (payload.length > ControlFileDescriptor.BODY_CAPACITY - HEAD_LENGTH) {
            throw new IllegalArgumentException("command too long: payload=" + payload.length + " limit="
                + (ControlFileDescriptor.BODY_CAPACITY - HEAD_LENGTH) + ": use fewer or shorter patterns");
        }
        final long before = file.commandVolatile();
        final byte[] body = body();
        Memory.putBytes(file.address() + ControlFileDescriptor.BODY_OFFSET, body, 0, body.length);
        return file.compareAndSetCommand(before, word());
    }

    private byte[] body() {
        final ByteBuffer buffer = ByteBuffer.allocate(HEAD_LENGTH + payload.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(0).putInt(payload.length).putShort((short) epoch).putShort((short) kind).putInt(number);
        buffer.put(payload);
        buffer.putInt(0, crc(buffer.array()));
        return buffer.array();
    }

    private static int crc(final byte[] body) {
        final CRC32C crc = new CRC32C();
        crc.update(body, Integer.BYTES, body.length - Integer.BYTES);
        return (int) crc.getValue();
    }

    /**
     * Reads the command of a command word.
     *
     * @return null if the body is not that command's: it was torn by another consumer's stores
     */
    public static Command receive(final ControlFile file, final long word) {
        final long address = file.address() + ControlFileDescriptor.BODY_OFFSET;
        final int length = Memory.getInt(address + Integer.BYTES);
        if (length < 0 || length > ControlFileDescriptor.BODY_CAPACITY - HEAD_LENGTH) {
            return null;
        }
        final byte[] body = Memory.getBytes(address, HEAD_LENGTH + length);
        final ByteBuffer buffer = ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN);
        final int crc = buffer.getInt();
        buffer.getInt();
        final int epoch = Short.toUnsignedInt(buffer.getShort());
        final int kind = Short.toUnsignedInt(buffer.getShort());
        final int number = buffer.getInt();
        final byte[] payload = new byte[length];
        if (body.length != HEAD_LENGTH + length || crc != crc(body)) {
            return null;
        }
        buffer.get(payload);
        final Command command = new Command(epoch, kind, number, payload);
        return command.word() == word ? command : null;
    }

    /** Answers a command word. */
    public static void acknowledge(final ControlFile file, final long word, final Answer answer) {
        final byte[] text = answer.message().getBytes(StandardCharsets.UTF_8);
        final int length = Math.min(text.length, ControlFileDescriptor.ACK_MESSAGE_CAPACITY);
        final long address = file.address();
        Memory.putInt(address + ControlFileDescriptor.ACK_RESULT_OFFSET, answer.result());
        Memory.putInt(address + ControlFileDescriptor.ACK_COUNT_OFFSET, answer.count());
        Memory.putInt(address + ControlFileDescriptor.ACK_MESSAGE_LENGTH_OFFSET, length);
        Memory.putBytes(address + ControlFileDescriptor.ACK_MESSAGE_OFFSET, text, 0, length);
        Memory.putLongVolatile(address + ControlFileDescriptor.ACK_OFFSET, word);
    }

    /** The answer to a command word, or null if it has not come. */
    public static Answer answer(final ControlFile file, final long word) {
        if (file.ackVolatile() != word) {
            return null;
        }
        final long address = file.address();
        final int length = Math.max(0, Math.min(ControlFileDescriptor.ACK_MESSAGE_CAPACITY,
            Memory.getInt(address + ControlFileDescriptor.ACK_MESSAGE_LENGTH_OFFSET)));
        return new Answer(
            Memory.getInt(address + ControlFileDescriptor.ACK_RESULT_OFFSET),
            Memory.getInt(address + ControlFileDescriptor.ACK_COUNT_OFFSET),
            new String(Memory.getBytes(address + ControlFileDescriptor.ACK_MESSAGE_OFFSET, length),
                StandardCharsets.UTF_8));
    }
}
