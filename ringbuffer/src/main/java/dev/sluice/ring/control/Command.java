// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.control;

import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;
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
 * @param epoch    epoch of the session that gives it
 * @param kindCode what it asks for, as shared memory has it: a newer consumer's may be unknown here, see {@link #kind}
 * @param number   counts commands of a session
 * @param payload  what the kind says
 */
public record Command(int epoch, int kindCode, int number, byte[] payload) {
    /** What a command asks for. The codes are in shared memory, and none is ever given a second meaning. */
    public enum Kind {
        /** Begin, or select other tracepoints. Payload: {@link Enable}. */
        ENABLE(1),
        /** Lower all enable bits and flush. No payload. */
        DISABLE(2),
        /** Drain what the rings have. No payload. */
        FLUSH(3),
        /**
         * As {@link #ENABLE}, and patterns may have conditions and samplings behind them. A target that knows neither
         * does not know this kind, so that it cannot take every event for the few that were asked for.
         */
        ENABLE_FILTERED(4),
        /** Say whether {@link #ENABLE_FILTERED} with the same payload would be refused, and change nothing. */
        CHECK(5),
        /** A code that this version does not know. It is read only: no command of this kind can be made. */
        UNKNOWN(-1);

        private final int code;

        Kind(final int code) {
            this.code = code;
        }

        /** Code in shared memory. */
        public int code() {
            return code;
        }

        /** The kind of a code, {@link #UNKNOWN} for codes that this version does not know. */
        public static Kind ofCode(final int code) {
            for (final Kind kind : values()) {
                if (kind.code == code) {
                    return kind;
                }
            }
            return UNKNOWN;
        }
    }

    /** How a target answers. The codes are in shared memory, and none is ever given a second meaning. */
    public enum Result {
        /** Done. */
        OK(0),
        /** The body in the control file is not that of the command word: give the command again. */
        TORN(1),
        /** The target's library does not know commands of this kind. */
        UNKNOWN_KIND(2),
        /** The session word has another epoch than the command. */
        STALE(3),
        /** Not every ring could be drained. */
        INCOMPLETE(4),
        /** Refused, for the reason that the message says. */
        FAILED(5),
        /** A code that this version does not know. It is read only: no answer of this result can be made. */
        UNKNOWN(-1);

        private final int code;

        Result(final int code) {
            this.code = code;
        }

        /** Code in shared memory. */
        public int code() {
            return code;
        }

        /** The result of a code, {@link #UNKNOWN} for codes that this version does not know. */
        public static Result ofCode(final int code) {
            for (final Result result : values()) {
                if (result.code == code) {
                    return result;
                }
            }
            return UNKNOWN;
        }
    }

    /**
     * Why {@link Source#SHARED} is refused where the region is a file. The consumer refuses it, and so does a target
     * whose consumer asks for it nevertheless.
     *
     * @param owner whose region it is, for a person
     */
    public static String whyNotShared(final String owner) {
        return "the region of " + owner + " is a file (sluice.region.dir), which is never drained in shared mode:"
            + " whoever truncated it would kill the one that maps it; drain by BPF, or start the application without"
            + " that property";
    }

    /** What takes batches out of the rings. The codes are in shared memory, and none is ever given a second meaning. */
    public enum Source {
        /** A BPF program, which the target's drainers trap into. */
        BPF(1),
        /** The consumer drains the rings itself, through shared memory. */
        SHARED(2),
        /** The consumer drains the rings itself: the kernel copies for it, and it maps the control file alone. */
        PULL(3);

        private final int code;

        Source(final int code) {
            this.code = code;
        }

        /** Code in shared memory. */
        public int code() {
            return code;
        }

        /**
         * The source of a code.
         *
         * @throws IllegalArgumentException for a code that this version does not know
         */
        public static Source ofCode(final int code) {
            for (final Source source : values()) {
                if (source.code == code) {
                    return source;
                }
            }
            throw new IllegalArgumentException(
                "source=" + code + " is unknown to this version of the library: update the application's");
        }
    }

    private static final int HEAD_LENGTH = 16;
    /** The longest payload. */
    public static final int MAX_PAYLOAD_LENGTH = ControlFileDescriptor.BODY_CAPACITY - HEAD_LENGTH;
    private static final int KIND_BITS = 16;
    private static final int NUMBER_BITS = 32;

    /**
     * Payload of ENABLE.
     *
     * @param source         who takes batches out of the rings
     * @param policy         null for the target's default
     * @param sizeClasses    whether records take a size class instead of their exact size
     * @param creditBytes    bytes of the BPF ring buffer that may be claimed
     * @param blockTimeoutNs 0 for the target's default
     * @param staleAfterNs   age of the heartbeat at which the target suspends
     * @param ringBytes      memory that a ring may have at most, 0 for what the target's settings say; a target takes
     *                       the nearest length that its rings can have
     * @param patterns       "provider:tracepoint" with * and ?, in ENABLE_FILTERED with a condition and a sampling
     */
    public record Enable(Source source, FullPolicy policy, boolean sizeClasses, long creditBytes, long blockTimeoutNs,
                         long staleAfterNs, int ringBytes, List<String> patterns) {
        /** Source, policy, size classes, padding and ring; credit, two times; the count of patterns. */
        private static final int FIXED_LENGTH = Long.BYTES + 3 * Long.BYTES + Short.BYTES;

        /** Copies the patterns. */
        public Enable {
            patterns = List.copyOf(patterns);
        }

        /** For rings that have the memory that the target's settings say. */
        public Enable(final Source source, final FullPolicy policy, final boolean sizeClasses, final long creditBytes,
                      final long blockTimeoutNs, final long staleAfterNs, final List<String> patterns) {
            this(source, policy, sizeClasses, creditBytes, blockTimeoutNs, staleAfterNs, 0, patterns);
        }

        /** Encodes the payload. */
        public byte[] encode() {
            final List<byte[]> texts = patterns.stream().map(p -> p.getBytes(StandardCharsets.UTF_8)).toList();
            final int length = FIXED_LENGTH + texts.stream().mapToInt(t -> Short.BYTES + t.length).sum();
            final ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
            buffer.put((byte) source.code()).put((byte) (policy == null ? 0 : policy.code()));
            buffer.put((byte) (sizeClasses ? 1 : 0)).put((byte) 0).putInt(ringBytes);
            buffer.putLong(creditBytes).putLong(blockTimeoutNs).putLong(staleAfterNs).putShort((short) texts.size());
            texts.forEach(t -> buffer.putShort((short) t.length).put(t));
            return buffer.array();
        }

        /**
         * Decodes a payload.
         *
         * @throws IllegalArgumentException if the bytes are no such payload, or name a source that this version does
         *     not know
         */
        public static Enable decode(final byte[] payload) {
            try {
                final ByteBuffer buffer = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
                final Source source = Source.ofCode(buffer.get());
                final FullPolicy policy = FullPolicy.ofCode(buffer.get());
                final boolean sizeClasses = buffer.get() != 0;
                buffer.get();
                final int ringBytes = buffer.getInt();
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
                return new Enable(source, policy, sizeClasses, creditBytes, blockTimeoutNs, staleAfterNs,
                    Math.max(0, ringBytes), patterns);
            } catch (final BufferUnderflowException e) {
                throw new IllegalArgumentException("ENABLE payload is cut short: length=" + payload.length, e);
            }
        }
    }

    /**
     * The target's answer.
     *
     * @param resultCode how it went, as shared memory has it: a newer target's may be unknown here, see {@link #result}
     * @param count      tracepoints enabled
     * @param message    for a person; empty where there is nothing to say
     */
    public record Answer(int resultCode, int count, String message) {
        /** An answer of this version. */
        public Answer(final Result result, final int count, final String message) {
            this(known(result.code()), count, message);
        }

        /** How it went. */
        public Result result() {
            return Result.ofCode(resultCode);
        }

        /** Result and message, for a person. */
        public String text() {
            return "result " + resultCode + " " + result() + (message.isEmpty() ? "" : ": " + message);
        }
    }

    /** A command of this version. */
    public Command(final int epoch, final Kind kind, final int number, final byte[] payload) {
        this(epoch, known(kind.code()), number, payload);
    }

    private static int known(final int code) {
        if (code < 0) {
            throw new IllegalArgumentException("UNKNOWN is only for what was read");
        }
        return code;
    }

    /** What the command asks for. */
    public Kind kind() {
        return Kind.ofCode(kindCode);
    }

    /** The command word. */
    public long word() {
        final long kindBits = (long) (kindCode & 0xFFFF) << NUMBER_BITS;
        return (long) epoch << TaggedWord.VALUE_BITS | kindBits | number & 0xFFFF_FFFFL;
    }

    /**
     * Writes body and command word.
     *
     * @return false if another session has written a command meanwhile: the session is lost
     * @throws IllegalArgumentException if the payload is too long for the body
     */
    public boolean send(final ControlFile file) {
        if (payload.length > MAX_PAYLOAD_LENGTH) {
            throw new IllegalArgumentException("command too long: payload=" + payload.length + " limit="
                + MAX_PAYLOAD_LENGTH + ": use fewer or shorter patterns");
        }
        final long before = file.commandVolatile();
        final byte[] body = body();
        Memory.putBytes(file.address() + ControlFileDescriptor.BODY_OFFSET, body, 0, body.length);
        return file.compareAndSetCommand(before, word());
    }

    private byte[] body() {
        final ByteBuffer buffer = ByteBuffer.allocate(HEAD_LENGTH + payload.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(0).putInt(payload.length).putShort((short) epoch).putShort((short) kindCode).putInt(number);
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
     * @return null if the body does not belong to that command: another consumer's stores have torn it
     */
    public static Command receive(final ControlFile file, final long word) {
        final long address = file.address() + ControlFileDescriptor.BODY_OFFSET;
        final int length = Memory.getInt(address + Integer.BYTES);
        if (length < 0 || length > MAX_PAYLOAD_LENGTH) {
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
        Memory.putInt(address + ControlFileDescriptor.ACK_RESULT_OFFSET, answer.resultCode());
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
