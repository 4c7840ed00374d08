// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.ring.RingProducer;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.NullValue;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.Utf8;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.ring.where.EventTest;
import dev.sluice.target.EnableWord;
import dev.sluice.target.LiveTarget;
import dev.sluice.target.TrapArguments;
import dev.sluice.target.TrapCaller;
import dev.sluice.target.filter.EventFilter;
import dev.sluice.target.filter.FilterClass;
import dev.sluice.target.filter.FilterPoint;
import dev.sluice.target.filter.FilterSite;
import dev.sluice.target.jvm.Warnings;
import dev.sluice.target.pair.HeldEvents;
import dev.sluice.target.ring.ThreadRings;
import dev.sluice.usdt.LoadedStubs;
import dev.sluice.usdt.StubProbe;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * One kind of event. Keep it in a static final field and fire it:
 * <pre>{@code
 * PLACED.fire(orderId, quantity);
 * }</pre>
 * While nobody traces, a fire costs a load and a branch. While somebody traces, it writes the event to the calling
 * thread's ring without a lock, a system call or an allocation; once per chunk the ring is drained, or the full policy
 * decides. Any thread may fire at any time. Firing never throws: if the arguments do not fit the declared fields, or
 * anything else goes wrong, the event counts as discarded.
 * <p>
 * The overloads take integers (fields of any integer type, bool and enum, cut to the field's width), or a text and
 * integers, in declared order. Events with other fields go through {@link #event()}. Make expensive arguments only when
 * somebody wants the event:
 * <pre>{@code
 * if (PLACED.isEnabled()) {
 *     PLACED.fire(order.describe(), order.id());
 * }
 * }</pre>
 */
public final class Tracepoint {
    /** {@link EnableWord#RING_ON} in the whole word. */
    static final int RING_BIT = EnableWord.RING_ON << Short.SIZE;
    /** {@link EnableWord#FILTERED} in the whole word. */
    static final int FILTERED_BIT = EnableWord.FILTERED << Short.SIZE;
    /** {@link EnableWord#HELD} in the whole word. */
    static final int HELD_BIT = EnableWord.HELD << Short.SIZE;
    private static final int TEXT_HEADER_LENGTH = Short.BYTES;

    private final String provider;
    private final String name;
    private final List<Field> fields;
    private final EventShape shape;
    private final int fixedLength;
    private final int integers;
    private final int integersBehindText;
    /** Number of fields if all of them are integers of eight bytes, else −1. */
    private final int words;
    /** 0 until loaded. Written last: a thread that sees it sees the other fields too. */
    private volatile boolean loaded;
    private long wordAddress;
    private long stub;
    private int id;
    private int stringLimit;
    /** What fires by name ask that find the filter bit set; it is set before the bit is. */
    private EventFilter filter;
    private final Filtering filtering = new Filtering();
    private volatile String description = "";

    /** The places that filter the tracepoint's events, as the control thread sees them. */
    private final class Filtering implements FilterPoint {
        private final List<FilterSite> sites = new ArrayList<>();
        private EventTest test;

        @Override
        public List<FieldSchema> fields() {
            return fields.stream().map(Field::schema).toList();
        }

        @Override
        public synchronized void filter(final EventTest newTest) {
            if (!newTest.equals(test)) {
                filter = FilterClass.named(fields(), newTest);
                sites.forEach(site -> site.filter(fields(), newTest));
                test = newTest;
            }
        }

        synchronized void add(final FilterSite site) {
            if (test != null) {
                site.filter(fields(), test);
            }
            sites.add(site);
        }
    }

    Tracepoint(final String provider, final String name, final List<Field> fields) {
        this.provider = provider;
        this.name = name;
        this.fields = fields;
        this.shape = new EventShape(fields);
        this.fixedLength = shape.fixedEventLength();
        this.integers = shape.integers();
        this.integersBehindText = shape.integersBehindText();
        this.words = shape.kind() == EventShape.WORDS ? fields.size() : -1;
    }

    /**
     * Says what the events mean. To be called before {@link Provider#load}; later it has no effect.
     *
     * @param text one line of 1 to 256 characters
     * @return this
     */
    public Tracepoint describedAs(final String text) {
        description = Field.checkDescription(text);
        return this;
    }

    /** What the events mean; empty if that was not said. */
    public String description() {
        return description;
    }

    /** The tracepoint's name in its provider. */
    public String name() {
        return name;
    }

    /** "provider:name". */
    public String qualifiedName() {
        return provider + ':' + name;
    }

    /** The tracepoint's fields, in encoded order. */
    public List<Field> fields() {
        return fields;
    }

    /** The tracepoint's USDT probe. The first twelve fields are its arguments. */
    StubProbe probe() {
        return new StubProbe(name,
            fields.stream().limit(StubProbe.MAX_ARGUMENTS).map(Field::argumentType).toList());
    }

    /** Makes the tracepoint available to tracers. Called once. */
    void loaded(final int newId, final long newWordAddress, final long newStub, final int newStringLimit) {
        id = newId;
        stub = newStub;
        stringLimit = newStringLimit;
        // A thread that sees the new address without synchronization sees the other fields too: this fence pairs with
        // the acquire fences of firing.
        VarHandle.releaseFence();
        wordAddress = newWordAddress;
        loaded = true;
    }

    boolean isLoaded() {
        return loaded;
    }

    /** The word as the control thread needs it; for use once the tracepoint is loaded. */
    EnableWord enableWord() {
        return new EnableWord(qualifiedName(), id, wordAddress, filtering);
    }

    /** Has a place in the code of a typed interface filter its events too. */
    void filterAt(final FilterSite site) {
        filtering.add(site);
    }

    long wordAddress() {
        return wordAddress;
    }

    /** The address of the probe's code, or 0 if there is none. */
    long stub() {
        return stub;
    }

    /** Event id. */
    int id() {
        return id;
    }

    /**
     * The word that decides whether the ring and the probe want the event: enable bits in the high half, semaphore in
     * the low half. 0 before loading.
     */
    private int word() {
        final long address = wordAddress;
        // The load is opaque, so that a loop which only fires sees it when a tracer attaches.
        return address == 0 ? 0 : Memory.getIntOpaque(address);
    }

    /** Whether any tracer wants the event. Guard expensive arguments with this. */
    public boolean isEnabled() {
        return word() != 0;
    }

    /** Fires an event without fields. Returns whether the tracepoint's ring bit was set. */
    public boolean fire() {
        final int word = word();
        return word != 0 && fireIntegers(word, 0, 0, 0, 0, 0, 0, 0);
    }

    /** Fires an event of one integer. Returns whether its ring bit was set. */
    public boolean fire(final long a) {
        final int word = word();
        return word != 0 && fireIntegers(word, 1, a, 0, 0, 0, 0, 0);
    }

    /** Fires an event of two integers. Returns whether its ring bit was set. */
    public boolean fire(final long a, final long b) {
        final int word = word();
        return word != 0 && fireIntegers(word, 2, a, b, 0, 0, 0, 0);
    }

    /** Fires an event of three integers. Returns whether its ring bit was set. */
    public boolean fire(final long a, final long b, final long c) {
        final int word = word();
        return word != 0 && fireIntegers(word, 3, a, b, c, 0, 0, 0);
    }

    /** Fires an event of four integers. Returns whether its ring bit was set. */
    public boolean fire(final long a, final long b, final long c, final long d) {
        final int word = word();
        return word != 0 && fireIntegers(word, 4, a, b, c, d, 0, 0);
    }

    /** Fires an event of five integers. Returns whether its ring bit was set. */
    public boolean fire(final long a, final long b, final long c, final long d, final long e) {
        final int word = word();
        return word != 0 && fireIntegers(word, 5, a, b, c, d, e, 0);
    }

    /** Fires an event of six integers. Returns whether its ring bit was set. */
    public boolean fire(final long a, final long b, final long c, final long d, final long e, final long f) {
        final int word = word();
        return word != 0 && fireIntegers(word, 6, a, b, c, d, e, f);
    }

    /** Fires an event of a text. Returns whether its ring bit was set. */
    public boolean fire(final String text) {
        final int word = word();
        return word != 0 && fireText(word, text, 0, 0, 0, 0, 0, 0);
    }

    /** Fires an event of a text and an integer. Returns whether its ring bit was set. */
    public boolean fire(final String text, final long a) {
        final int word = word();
        return word != 0 && fireText(word, text, 1, a, 0, 0, 0, 0);
    }

    /** Fires an event of a text and two integers. Returns whether its ring bit was set. */
    public boolean fire(final String text, final long a, final long b) {
        final int word = word();
        return word != 0 && fireText(word, text, 2, a, b, 0, 0, 0);
    }

    /** Fires an event of a text and three integers. Returns whether its ring bit was set. */
    public boolean fire(final String text, final long a, final long b, final long c) {
        final int word = word();
        return word != 0 && fireText(word, text, 3, a, b, c, 0, 0);
    }

    /** Fires an event of a text and four integers. Returns whether its ring bit was set. */
    public boolean fire(final String text, final long a, final long b, final long c, final long d) {
        final int word = word();
        return word != 0 && fireText(word, text, 4, a, b, c, d, 0);
    }

    /** Fires an event of a text and five integers. Returns whether its ring bit was set. */
    public boolean fire(final String text, final long a, final long b, final long c, final long d, final long e) {
        final int word = word();
        return word != 0 && fireText(word, text, 5, a, b, c, d, e);
    }

    /**
     * Begins an event of any fields: put each value in declared order, then call {@link EventEncoder#fire()}.
     * <pre>{@code
     * PLACED.event().put(id).put(price).put(symbol).fire();
     * }</pre>
     * The encoder is for the calling thread and for this one event.
     */
    public EventEncoder event() {
        return word() == 0 ? EventEncoder.DISABLED : EventEncoder.of(this);
    }

    private boolean fireIntegers(final int word, final int count, final long a, final long b, final long c,
                                 final long d, final long e, final long f) {
        VarHandle.acquireFence();
        if (word != RING_BIT || words != count) {
            return fireFilteredIntegers(word, count, a, b, c, d, e, f);
        }
        final long ticks = LiveTarget.ticksBeforeRing();
        try {
            final RingProducer ring = ThreadRings.get();
            if (ring != null) {
                // The usual case: fields of one word each, to the ring alone. The count is a constant in the caller, so
                // all lengths are constants. No value is needed after a call, so the compiled code keeps no value on
                // the stack.
                final int length = EventDescriptor.HEADER_LENGTH + count * Long.BYTES;
                if (LiveTarget.isCarryingApart()) {
                    if (LiveTarget.mayCarry(ring, length)) {
                        putWords(ring.carry(id) + EventDescriptor.HEADER_LENGTH, count, a, b, c, d, e, f);
                        ring.commitCarried(length);
                        return true;
                    }
                } else {
                    // The id is loaded behind the clock's call, for the same reason.
                    final long address = LiveTarget.isCarrying() ? LiveTarget.tryCarry(ring, id, length)
                        : ring.tryClaim(LiveTarget.ticksAfterRing(ticks, ring), id, length);
                    if (address != RingProducer.REFUSED) {
                        putWords(address + EventDescriptor.HEADER_LENGTH, count, a, b, c, d, e, f);
                        ring.commit(address, length);
                        return true;
                    }
                }
            }
        } catch (final RuntimeException | LinkageError | VirtualMachineError error) {
            LiveTarget.failed(true, error);
            return true;
        }
        return LiveTarget.isCarryingApart() ? Rare.fire(this, word, count, a, b, c, d, e, f)
            : fireAnyIntegers(word, ticks, count, a, b, c, d, e, f);
    }

    /**
     * The long way for Java 17, whose compiler must not put it into the usual one: one event in sixteen takes it, and
     * that compiler puts a call into its caller if it was made often, whatever its share. It does not do that with a
     * method of a throwable ("exception method", says PrintInlining), unless the call is in the very method that is
     * compiled: so there are two such calls. Nobody throws it.
     */
    private static final class Rare extends Error {
        private static final long serialVersionUID = 1;

        private Rare() {
        }

        static boolean fire(final Tracepoint of, final int word, final int count, final long a, final long b,
                            final long c, final long d, final long e, final long f) {
            return fireAny(of, word, count, a, b, c, d, e, f);
        }

        private static boolean fireAny(final Tracepoint of, final int word, final int count, final long a,
                                       final long b, final long c, final long d, final long e, final long f) {
            return of.fireAnyIntegers(word, 0, count, a, b, c, d, e, f);
        }
    }

    /** Fires an event if a filter wants it, or if there is none. */
    private boolean fireFilteredIntegers(final int word, final int count, final long a, final long b, final long c,
                                         final long d, final long e, final long f) {
        int left = word;
        if ((word & FILTERED_BIT) != 0 && count == integers) {
            left = filtered(word, filter.integers(a, b, c, d, e, f));
            if (left == 0) {
                return false;
            }
        }
        return fireAnyIntegers(left, 0, count, a, b, c, d, e, f);
    }

    /** What is left of a word after its filter: an event that it does not want still goes to the probe. */
    private static int filtered(final int word, final boolean isWanted) {
        return isWanted ? word & ~FILTERED_BIT : word & LoadedStubs.SEMAPHORE_MASK;
    }

    private boolean fireAnyIntegers(final int word, final long ticks, final int count, final long a, final long b,
                                    final long c, final long d, final long e, final long f) {
        boolean fired = (word & RING_BIT) != 0;
        boolean isOwed = fired;
        try {
            if (count != integers) {
                return refuseArguments(fired);
            }
            if (fired) {
                fired = writeIntegers(word, ticks, count, a, b, c, d, e, f);
                isOwed = false;
            }
            if ((word & LoadedStubs.SEMAPHORE_MASK) != 0 && stub != 0) {
                TrapCaller.integers(stub, count, a, b, c, d, e, f);
            }
        } catch (final RuntimeException | LinkageError | VirtualMachineError error) {
            LiveTarget.failed(isOwed, error);
        }
        return fired;
    }

    /** Writes an event, or holds it back. Returns whether it is fired. */
    private boolean writeIntegers(final int word, final long ticks, final int count, final long a, final long b,
                                  final long c, final long d, final long e, final long f) {
        final int length = fixedLength;
        final HeldEvents held = (word & HELD_BIT) == 0 ? null : LiveTarget.held(id);
        final RingProducer ring = held == null ? LiveTarget.ring() : null;
        if (held == null && ring == null) {
            return true;
        }
        final long address = held != null ? held.claim(EventDescriptor.align(length))
            : LiveTarget.claim(ticks, ring, id, EventDescriptor.align(length));
        if (address == RingProducer.REFUSED) {
            return true;
        }
        final long body = address + EventDescriptor.HEADER_LENGTH;
        if (words == count) {
            putWords(body, count, a, b, c, d, e, f);
        } else {
            putIntegers(body, 0, count, a, b, c, d, e, f);
        }
        return commit(held, ring, length);
    }

    private boolean commit(final HeldEvents held, final RingProducer ring, final int length) {
        if (held != null) {
            return held.commit(id, length);
        }
        ring.commit(length);
        return true;
    }

    private static void putWords(final long body, final int count, final long a, final long b, final long c,
                                 final long d, final long e, final long f) {
        if (count > 0) {
            Memory.putLong(body, a);
        }
        if (count > 1) {
            Memory.putLong(body + Long.BYTES, b);
        }
        if (count > 2) {
            Memory.putLong(body + 2 * Long.BYTES, c);
        }
        if (count > 3) {
            Memory.putLong(body + 3 * Long.BYTES, d);
        }
        if (count > 4) {
            Memory.putLong(body + 4 * Long.BYTES, e);
        }
        if (count > 5) {
            Memory.putLong(body + 5 * Long.BYTES, f);
        }
    }

    private void putIntegers(final long body, final int first, final int count, final long a, final long b,
                             final long c, final long d, final long e, final long f) {
        if (count > 0) {
            shape.put(body, first, a);
        }
        if (count > 1) {
            shape.put(body, first + 1, b);
        }
        if (count > 2) {
            shape.put(body, first + 2, c);
        }
        if (count > 3) {
            shape.put(body, first + 3, d);
        }
        if (count > 4) {
            shape.put(body, first + 4, e);
        }
        if (count > 5) {
            shape.put(body, first + 5, f);
        }
    }

    private boolean fireText(final int word, final String text, final int count, final long a, final long b,
                             final long c, final long d, final long e) {
        VarHandle.acquireFence();
        final String value = text == null ? NullValue.TEXT : text;
        if (word != RING_BIT || count != integersBehindText) {
            return fireFilteredText(word, value, count, a, b, c, d, e);
        }
        final long ticks = LiveTarget.ticksBeforeRing();
        try {
            final RingProducer ring = ThreadRings.get();
            if (ring != null) {
                final int textLength = Utf8.encodedLength(value, stringLimit);
                final int length = fixedLength + TEXT_HEADER_LENGTH + textLength;
                final int aligned = EventDescriptor.align(length);
                final long address = LiveTarget.isCarrying() ? LiveTarget.tryCarry(ring, id, aligned)
                    : ring.tryClaim(LiveTarget.ticksAfterRing(ticks, ring), id, aligned);
                if (address != RingProducer.REFUSED) {
                    putText(address + EventDescriptor.HEADER_LENGTH, value, textLength, count, a, b, c, d, e);
                    ring.commit(address, length);
                    return true;
                }
            }
        } catch (final RuntimeException | LinkageError | VirtualMachineError error) {
            LiveTarget.failed(true, error);
            return true;
        }
        return fireAnyText(word, ticks, value, count, a, b, c, d, e);
    }

    private boolean fireFilteredText(final int word, final String text, final int count, final long a, final long b,
                                     final long c, final long d, final long e) {
        int left = word;
        if ((word & FILTERED_BIT) != 0 && count == integersBehindText) {
            left = filtered(word, filter.text(text, a, b, c, d, e));
            if (left == 0) {
                return false;
            }
        }
        return fireAnyText(left, 0, text, count, a, b, c, d, e);
    }

    private boolean fireAnyText(final int word, final long ticks, final String text, final int count, final long a,
                                final long b, final long c, final long d, final long e) {
        boolean fired = (word & RING_BIT) != 0;
        boolean isOwed = fired;
        try {
            if (count != integersBehindText) {
                return refuseArguments(fired);
            }
            if (fired) {
                fired = writeText(word, ticks, text, count, a, b, c, d, e);
                isOwed = false;
            }
            if ((word & LoadedStubs.SEMAPHORE_MASK) != 0 && stub != 0) {
                final TrapArguments passed = TrapArguments.begin();
                passed.put(text, stringLimit);
                TrapCaller.integers(stub, count + 1, passed.argument(0), a, b, c, d, e);
            }
        } catch (final RuntimeException | LinkageError | VirtualMachineError error) {
            LiveTarget.failed(isOwed, error);
        }
        return fired;
    }

    private boolean writeText(final int word, final long ticks, final String text, final int count, final long a,
                              final long b, final long c, final long d, final long e) {
        final HeldEvents held = (word & HELD_BIT) == 0 ? null : LiveTarget.held(id);
        final RingProducer ring = held == null ? LiveTarget.ring() : null;
        if (held == null && ring == null) {
            return true;
        }
        final int textLength = Utf8.encodedLength(text, stringLimit);
        final int length = fixedLength + TEXT_HEADER_LENGTH + textLength;
        final long address = held != null ? held.claim(EventDescriptor.align(length))
            : LiveTarget.claim(ticks, ring, id, EventDescriptor.align(length));
        if (address == RingProducer.REFUSED) {
            return true;
        }
        putText(address + EventDescriptor.HEADER_LENGTH, text, textLength, count, a, b, c, d, e);
        return commit(held, ring, length);
    }

    private void putText(final long body, final String text, final int textLength, final int count, final long a,
                         final long b, final long c, final long d, final long e) {
        Memory.putShort(body, (short) textLength);
        Utf8.put(text, body + TEXT_HEADER_LENGTH, textLength);
        putIntegers(body + TEXT_HEADER_LENGTH + textLength, 1, count, a, b, c, d, e, 0);
    }

    /**
     * Fires what an encoder has put together.
     *
     * @param arguments arguments of the tracepoint's own probe; for a text the address of its length and bytes
     */
    boolean fireEncoded(final long encoded, final int length, final long[] arguments) {
        final int before = word();
        VarHandle.acquireFence();
        final int word = (before & FILTERED_BIT) == 0 ? before : filtered(before, filter.encoded(encoded));
        final int eventLength = EventDescriptor.HEADER_LENGTH + length;
        if (word != RING_BIT) {
            return fireAnyEncoded(word, 0, encoded, eventLength, arguments);
        }
        final long ticks = LiveTarget.ticksBeforeRing();
        try {
            final RingProducer ring = ThreadRings.get();
            if (ring != null) {
                final int aligned = EventDescriptor.align(eventLength);
                final long address = LiveTarget.isCarrying() ? LiveTarget.tryCarry(ring, id, aligned)
                    : ring.tryClaim(LiveTarget.ticksAfterRing(ticks, ring), id, aligned);
                if (address != RingProducer.REFUSED) {
                    Memory.copyWords(encoded, address + EventDescriptor.HEADER_LENGTH, length);
                    ring.commit(address, eventLength);
                    return true;
                }
            }
        } catch (final RuntimeException | LinkageError | VirtualMachineError error) {
            LiveTarget.failed(true, error);
            return true;
        }
        return fireAnyEncoded(word, ticks, encoded, eventLength, arguments);
    }

    private boolean fireAnyEncoded(final int word, final long ticks, final long encoded, final int eventLength,
                                   final long[] arguments) {
        boolean fired = (word & RING_BIT) != 0;
        boolean isOwed = fired;
        try {
            if (fired) {
                fired = writeEncoded(word, ticks, encoded, eventLength);
            }
            isOwed = false;
            if ((word & LoadedStubs.SEMAPHORE_MASK) != 0 && stub != 0) {
                trapEncoded(arguments);
            }
        } catch (final RuntimeException | LinkageError | VirtualMachineError error) {
            LiveTarget.failed(isOwed, error);
        }
        return fired;
    }

    private boolean writeEncoded(final int word, final long ticks, final long encoded, final int eventLength) {
        final HeldEvents held = (word & HELD_BIT) == 0 ? null : LiveTarget.held(id);
        final RingProducer ring = held == null ? LiveTarget.ring() : null;
        if (held == null && ring == null) {
            return true;
        }
        final long address = held != null ? held.claim(EventDescriptor.align(eventLength))
            : LiveTarget.claim(ticks, ring, id, EventDescriptor.align(eventLength));
        if (address == RingProducer.REFUSED) {
            return true;
        }
        Memory.copyWords(encoded, address + EventDescriptor.HEADER_LENGTH,
            eventLength - EventDescriptor.HEADER_LENGTH);
        return commit(held, ring, eventLength);
    }

    private void trapEncoded(final long[] arguments) {
        final TrapArguments passed = TrapArguments.begin();
        for (int i = 0; i < Math.min(shape.count(), arguments.length); i++) {
            if (shape.type(i) == FieldType.STRING) {
                passed.putEncoded(arguments[i]);
            } else {
                passed.put(arguments[i]);
            }
        }
        passed.fire(stub);
    }

    EventShape shape() {
        return shape;
    }

    int stringLimit() {
        return stringLimit;
    }

    /** Counts an event whose arguments do not fit, and warns; the application goes on. */
    boolean refuseArguments(final boolean fired) {
        return refuse(fired, "arguments that do not fit its fields " + fields);
    }

    /** Counts an event because the value of one of its fields does not fit, and warns. */
    boolean refuseValue(final boolean fired, final int field) {
        return refuse(fired, "a value that does not fit its field " + fields.get(field));
    }

    private boolean refuse(final boolean fired, final String what) {
        Warnings.once(qualifiedName() + " is fired with " + what + ": such events are discarded");
        if (fired) {
            LiveTarget.refused(RefusalCause.WRONG_ARGUMENTS);
        }
        return fired;
    }

    /** Whether the ring bit is set now. */
    boolean isRingOn() {
        return (word() & RING_BIT) != 0;
    }

    @Override
    public String toString() {
        return qualifiedName() + fields;
    }
}
