// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import static dev.sluice.trace.Field.string;
import static dev.sluice.trace.Field.uint32;
import static dev.sluice.trace.Field.uint8;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;

/** The provider {@code classes}: its tracepoints, and the listener that fires them. */
final class ClassesProvider {
    static final String NAME = "classes";

    private final Provider provider = Provider.named(NAME);
    private final Tracepoint parsed =
        provider.tracepoint("parsed", string("name"), uint32("bytes"), uint32("methods"));
    private final Tracepoint method =
        provider.tracepoint("method", string("name"), uint32("descriptor_length"), uint32("code_length"));
    private final Tracepoint constant = provider.tracepoint("constant", uint8("tag"), uint32("length"));

    /** Declares the tracepoints and makes them visible to tracers. */
    ClassesProvider() {
        provider.load();
    }

    Provider provider() {
        return provider;
    }

    /** Makes a listener that fires each event it is told of. It serves one thread. */
    FiringListener newListener() {
        return new FiringListener();
    }

    /**
     * Counts what it is told, as attempts, and what was fired of that. Text is decoded and events are built whether or
     * not anybody traces, so that a traced and an untraced scan differ in nothing but the tracing.
     */
    final class FiringListener extends CountingListener {
        private long firedParsed;
        private long firedMethod;
        private long firedConstant;

        private FiringListener() {
        }

        @Override
        public void parsed(final String name, final int bytes, final int methods) {
            super.parsed(name, bytes, methods);
            if (parsed.fire(name, bytes, methods)) {
                firedParsed++;
            }
        }

        @Override
        public void constant(final int tag, final int length) {
            super.constant(tag, length);
            if (constant.fire(tag, length)) {
                firedConstant++;
            }
        }

        @Override
        public void method(final String name, final int descriptorLength, final int codeLength) {
            super.method(name, descriptorLength, codeLength);
            if (method.fire(name, descriptorLength, codeLength)) {
                firedMethod++;
            }
        }

        Fired fired() {
            return new Fired(firedParsed, firedMethod, firedConstant);
        }
    }

    /**
     * How many calls of each kind returned true.
     *
     * @param parsed   of {@code classes:parsed}
     * @param method   of {@code classes:method}
     * @param constant of {@code classes:constant}
     */
    record Fired(long parsed, long method, long constant) {
        static final Fired NONE = new Fired(0, 0, 0);

        Fired plus(final Fired other) {
            return new Fired(parsed + other.parsed, method + other.method, constant + other.constant);
        }

        long events() {
            return parsed + method + constant;
        }

        String toJson() {
            return "{\"parsed\":" + parsed + ",\"method\":" + method + ",\"constant\":" + constant + "}";
        }
    }
}
