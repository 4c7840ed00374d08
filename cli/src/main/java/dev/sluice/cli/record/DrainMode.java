// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.record;

import dev.sluice.bpf.libbpf.BpfException;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.Recorder;
import java.util.function.Consumer;
import java.util.function.Function;

/** Who drains the rings, as the command line says it. */
public enum DrainMode {
    /** BPF if it works on this machine, else {@link #SHARED}. */
    AUTO,
    /** The kernel, with one trap for each batch. */
    BPF,
    /** The consumer, through shared memory. */
    SHARED,
    /** The consumer, by a program that it runs in the kernel. */
    PULL;

    /** The description of the option with these values. */
    public static final String DESCRIPTION =
        "who drains the rings: bpf, which needs privileges; shared, which needs none and"
        + " reads them through shared memory; pull, which needs privileges, lets the kernel copy them and traps"
        + " nobody; auto: bpf where that works, else shared (default: auto)";

    /**
     * Starts a recording.
     *
     * @param options   what to record by a path
     * @param whyShared takes the reason, one line, if auto falls back to shared
     */
    public Recorder start(final Function<EventPath, RecordOptions> options, final Consumer<String> whyShared) {
        if (this == SHARED || this == PULL) {
            return Recorder.start(options.apply(this == PULL ? EventPath.PULL : EventPath.SHARED));
        }
        final RuntimeException failure;
        try {
            return Recorder.start(options.apply(EventPath.BATCH));
        } catch (final BpfException e) {
            failure = e;
        } catch (final AttachException e) {
            if (e.reason() != AttachException.Reason.ENVIRONMENT) {
                throw e;
            }
            failure = e;
        }
        requireAuto(failure);
        return startShared(options.apply(EventPath.SHARED), firstLine(failure), whyShared);
    }

    /**
     * Starts a recording in shared mode. If shared mode cannot work for the same reason, the reason is printed once, as
     * the error that ends the command.
     */
    private static Recorder startShared(
        final RecordOptions options, final String reason, final Consumer<String> whyShared) {
        try {
            final Recorder recorder = Recorder.start(options);
            whyShared.accept(reason);
            return recorder;
        } catch (final RuntimeException e) {
            if (!firstLine(e).equals(reason)) {
                whyShared.accept(reason);
            }
            throw e;
        }
    }

    /** Where the events of each target come from; with {@link #AUTO}, each falls back to shared mode by itself. */
    EventPath path() {
        return switch (this) {
            case AUTO -> EventPath.AUTO;
            case BPF -> EventPath.BATCH;
            case SHARED -> EventPath.SHARED;
            case PULL -> EventPath.PULL;
        };
    }

    private void requireAuto(final RuntimeException e) {
        if (this != AUTO) {
            throw e;
        }
    }

    private static String firstLine(final RuntimeException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
