// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

import dev.sluice.ring.memory.Memory;
import dev.sluice.store.format.DocumentDescriptor;

/**
 * Walks once over the documents of a queue file. The walk reads the queue's framing by itself (a word of 4 bytes before
 * each document has its length, a bit for the queue's own documents, and a bit for incomplete documents), because the
 * file is not trusted: the queue's own reader instantiates classes that the file names and follows its offsets
 * unchecked. A test compares both readers.
 * <p> Damage of a document costs only that document. Its length is in the queue's word and in its own head. If the two
 * differ, the length for which the checksum fits is right. If the checksum fits for neither, the walk searches for the
 * next document whose word, head and checksum fit. For one thread.
 */
public final class SegmentWalk {
    // Every loop here moves forward in the file. Bytes that are read again, to search the next document or to try
    // checksums, are limited by WORK_LIMIT. So a forged file cannot make a walk longer than its length times a
    // constant.

    private static final int NOT_COMPLETE = 0x8000_0000;
    private static final int META = 0x4000_0000;
    private static final int LENGTH_MASK = 0x3FFF_FFFF;
    private static final int WORD = DocumentDescriptor.QUEUE_WORD_LENGTH;
    /** Bytes that are read at once while one document follows another. Most of a packet is not needed. */
    private static final int STEP_READ = 4096;
    private static final int SCAN_READ = 1 << 16;
    /** The most bytes of one file that are searched or checked in addition to the walk itself. */
    private static final long WORK_LIMIT = 256L << 20;

    /** Is told what the walk finds. */
    public interface Visitor {
        /** Takes a document whose head is sound. Its payload may be damaged. */
        void visit(DocumentView document);

        /**
         * Takes a place that is not a document, or a document whose head is damaged.
         *
         * @param offset   where the place begins
         * @param document null if it is not a document; its words cannot be trusted
         */
        void damaged(long offset, DocumentView document, String problem);

        /** Whether the walk shall go on. */
        boolean wantsMore();
    }

    private final SegmentFile segment;
    private final ReadOnlyFile source;
    private long length;
    private boolean isFollowing;
    /** Whether what is here may only be not complete yet; of a walk that follows. */
    private boolean isWaiting;
    private final Visitor visitor;
    private final DocumentBuffer buffer = new DocumentBuffer(STEP_READ);
    private final DocumentBuffer scanned = new DocumentBuffer(SCAN_READ);
    private final DocumentBuffer checked = new DocumentBuffer(0);
    private final DocumentView document = new DocumentView();
    private long offset;
    private long work;
    private boolean isCutOff;

    /** A walk over the documents that the file has when it is opened. */
    public SegmentWalk(final SegmentFile segment, final Visitor visitor) {
        this(segment, visitor, false);
    }

    private SegmentWalk(final SegmentFile segment, final Visitor visitor, final boolean isFollowing) {
        this.segment = segment;
        this.visitor = visitor;
        this.isFollowing = isFollowing;
        source = segment.source();
        length = source.length();
    }

    /**
     * A walk over a file that grows: each {@link #run} visits the documents that were completed since the last one. It
     * does not search for documents behind the end, because they are not written yet; {@link #runToEnd} does.
     */
    public static SegmentWalk following(final SegmentFile segment, final Visitor visitor) {
        return new SegmentWalk(segment, visitor, true);
    }

    /**
     * Visits all complete documents in order, but not the queue's own. The walk ends at the first word that is zero or
     * marks an incomplete document, if no whole document follows.
     *
     * @return false if the last document is incomplete, because its writer was killed or is still writing it; or if the
     *         file is cut off
     */
    public boolean run() {
        buffer.forget();
        grow();
        isWaiting = false;
        while (offset + WORD <= length && visitor.wantsMore() && !isWaiting && !isCutOff) {
            if (!isThere(offset, WORD)) {
                cut();
                break;
            }
            final int word = wordAt(offset);
            final boolean isEnd = word == 0 || word == (NOT_COMPLETE | META);
            if (isEnd || (word & NOT_COMPLETE) != 0) {
                if (isFollowing || !stepOverEnd(word)) {
                    return isEnd && !isCutOff;
                }
            } else if (isFollowing && offset + WORD + (word & LENGTH_MASK) > length) {
                // The file has grown since its length was looked up.
                isWaiting = true;
            } else if ((word & META) != 0) {
                stepOverMeta(word & LENGTH_MASK);
            } else {
                stepDocument(word);
            }
        }
        return !isCutOff;
    }

    private void grow() {
        if (isFollowing) {
            length = Math.max(length, source.lengthNow());
        }
    }

    /** Runs a walk that follows for the last time, because nobody writes the file any more. */
    public boolean runToEnd() {
        grow();
        isFollowing = false;
        return run();
    }

    /**
     * Steps over a word that marks the end, if a whole document follows. The queue writes nothing after the end, so
     * such a document is a sign of damage. Returns false if no whole document follows.
     */
    private boolean stepOverEnd(final int word) {
        final int own = intactLength(offset + WORD, 0);
        final long next = scan(own < 0 ? offset + WORD : end(offset + WORD, own));
        if (next < 0) {
            return false;
        }
        buffer.forget();
        if (wordAt(offset) != word) {
            // The writer has completed this document meanwhile, and maybe more of them.
            return true;
        }
        if (own < 0) {
            skip(next, "is marked as the end, and documents follow");
        } else {
            visitRepaired(own, "is marked as incomplete, and is whole");
        }
        return true;
    }

    private void stepOverMeta(final int metaLength) {
        final long begin = offset + WORD;
        final int stated = statedLength(begin);
        final long end = end(begin, metaLength);
        if (stated == metaLength && isIntact(begin, stated)) {
            visitRepaired(stated, "is marked as the queue's own");
        } else if (isBoundary(end)) {
            offset = end;
        } else {
            resynchronize("is of a length that leads to no other document");
        }
    }

    private void stepDocument(final int documentLength) {
        final long begin = offset + WORD;
        if (begin + DocumentDescriptor.PAYLOAD_OFFSET <= length && !isThere(begin, DocumentDescriptor.PAYLOAD_OFFSET)) {
            cut();
            return;
        }
        if (statedLength(begin) == documentLength && fits(begin, documentLength)) {
            visit(begin, documentLength);
            return;
        }
        final int own = intactLength(begin, documentLength);
        if (own >= 0) {
            visitRepaired(own, "has two lengths: queue=" + documentLength + " document=" + statedLength(begin));
        } else if (begin + documentLength > length && statedLength(begin) == documentLength) {
            isCutOff = true;
            visitor.damaged(offset, null, "the file is cut off: length=" + length + ", a document of "
                + documentLength + " bytes begins here; copy the trace again");
            offset = length;
        } else if (documentLength >= DocumentDescriptor.PAYLOAD_OFFSET
            && documentLength <= DocumentDescriptor.MAX_LENGTH && isBoundary(end(begin, documentLength))) {
            visitHead(begin, documentLength);
        } else {
            resynchronize("has a length that leads to no other document: queue=" + documentLength + " document="
                + statedLength(begin));
        }
    }

    /** Visits a document of which the word before it and the head say the same. */
    private void visit(final long begin, final int documentLength) {
        if (document.move(segment, buffer, begin, documentLength)) {
            offset = end(begin, documentLength);
            visitor.visit(document);
        } else {
            cut();
        }
    }

    /** Tells of a document whose head is damaged, and which ends where another begins. */
    private void visitHead(final long begin, final int documentLength) {
        if (!document.move(segment, buffer, begin, documentLength)) {
            cut();
            return;
        }
        final long at = offset;
        final String problem = document.headProblem();
        offset = end(begin, documentLength);
        visitor.damaged(at, document, problem == null ? "the file has changed while it was read" : problem);
    }

    /** Ends the walk where bytes are gone that were there when the length was looked up. */
    private void cut() {
        isCutOff = true;
        visitor.damaged(offset, null, "the file was cut while it was read: it had length=" + length
            + " and now ends near here; what followed is lost, copy the trace again if there is another");
        offset = length;
    }

    /** Visits a document that is whole although the word before it is not. */
    private void visitRepaired(final int documentLength, final String problem) {
        final long begin = offset + WORD;
        visitor.damaged(offset, null, "the queue's word is damaged: the document behind it " + problem
            + "; it is read all the same");
        visit(begin, documentLength);
    }

    private void resynchronize(final String problem) {
        final long next = scan(offset + WORD);
        if (next < 0 && isFollowing) {
            isWaiting = true;
        } else if (next < 0) {
            isCutOff = true;
            visitor.damaged(offset, null, "what is here " + problem + ", and no whole document is found behind it");
            offset = length;
        } else {
            skip(next, problem);
        }
    }

    private void skip(final long next, final String problem) {
        visitor.damaged(offset, null, "what is here " + problem + "; the next whole one begins at byte " + next);
        offset = next;
    }

    private static long end(final long begin, final int documentLength) {
        return begin + documentLength + WORD - 1 & -WORD;
    }

    /** Whether the file still has these bytes. They are loaded, and {@link #wordAt} does not read them again. */
    private boolean isThere(final long at, final int bytes) {
        return buffer.load(source, at, bytes) != 0;
    }

    /** The word at an offset, or 0 if the file ends before. */
    private int wordAt(final long at) {
        final long address = buffer.load(source, at, WORD);
        return address == 0 ? 0 : Memory.getInt(address);
    }

    /** The length in a document's head, or 0 if the file ends before. */
    private int statedLength(final long begin) {
        return wordAt(begin + DocumentDescriptor.LENGTH_OFFSET);
    }

    /** Whether a document of that length can begin here: the length must be that of its payload with padding. */
    private boolean fits(final long begin, final int documentLength) {
        if (documentLength < DocumentDescriptor.PAYLOAD_OFFSET || documentLength > DocumentDescriptor.MAX_LENGTH
            || begin + documentLength > length) {
            return false;
        }
        final int payload = wordAt(begin + DocumentDescriptor.PAYLOAD_LENGTH_OFFSET);
        final long padding = (long) documentLength - DocumentDescriptor.PAYLOAD_OFFSET - payload;
        return payload >= 0 && padding >= 0 && padding < Long.BYTES;
    }

    /** Whether a document, or the end of the documents, can be here; if not, this is inside a document. */
    private boolean isBoundary(final long at) {
        if (at + WORD > length) {
            return at <= length + WORD;
        }
        final int word = wordAt(at);
        return word == 0 || (word & NOT_COMPLETE) != 0
            || ((word & META) != 0 ? at + WORD + (word & LENGTH_MASK) <= length
            : statedLength(at + WORD) == word && fits(at + WORD, word));
    }

    /**
     * The length of the document that begins here, from its head or from the queue's word; or -1 if the document is not
     * whole.
     */
    private int intactLength(final long begin, final int queueLength) {
        final int stated = statedLength(begin);
        final boolean isStatedIntact = isIntact(begin, stated);
        if (queueLength == stated || !isIntact(begin, queueLength)) {
            return isStatedIntact ? stated : -1;
        }
        // If the two lengths differ only in padding, the checksum fits for both. The right one leads to the next
        // document.
        return isStatedIntact && !isBoundary(end(begin, queueLength)) ? stated : queueLength;
    }

    private boolean isIntact(final long begin, final int documentLength) {
        if (!fits(begin, documentLength) || work > WORK_LIMIT) {
            return false;
        }
        work += documentLength;
        final long address = checked.load(source, begin, documentLength);
        if (address == 0) {
            return false;
        }
        // The file may have been changed after the lengths were compared.
        final int payload = Memory.getInt(address + DocumentDescriptor.PAYLOAD_LENGTH_OFFSET);
        return payload >= 0 && payload <= documentLength - DocumentDescriptor.PAYLOAD_OFFSET
            && checked.checksum(address + DocumentDescriptor.PAYLOAD_OFFSET, payload)
            == Memory.getInt(address + DocumentDescriptor.CRC_OFFSET);
    }

    /** Offset of the next word, from the given one on, that has a whole document after it; or -1. */
    private long scan(final long from) {
        long window = from + WORD - 1 & -WORD;
        scanned.forget();
        while (work <= WORK_LIMIT) {
            final long data = source.nextData(window);
            if (data < 0) {
                return -1;
            }
            window = Math.max(window, data & -WORD);
            final int size = (int) Math.min(SCAN_READ, length - window);
            final long address = size < 2 * WORD ? 0 : scanned.load(source, window, size);
            if (address == 0) {
                return -1;
            }
            work += size;
            for (int i = 0; i <= size - 2 * WORD; i += WORD) {
                final int word = Memory.getInt(address + i);
                if (word >= DocumentDescriptor.PAYLOAD_OFFSET && word <= DocumentDescriptor.MAX_LENGTH
                    && Memory.getInt(address + i + WORD) == word && isIntact(window + i + WORD, word)) {
                    return window + i;
                }
            }
            // The last word is looked at again, together with the word after it.
            window += size - WORD;
        }
        return -1;
    }
}
