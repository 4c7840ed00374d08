// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.record;

import dev.sluice.bpf.BpfException;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.RecordOptions.EventPath;
import dev.sluice.consumer.record.Recorder;
import java.util.function.Consumer;
import java.util.function.Function;

/** Who drains the rings, as the command line says it. */
public enum DrainMode {
    /** BPF where it works, else {@link #SHARED}. */
    AUTO,
    /** The kernel, one trap a batch. */
    BPF,
    /** The consumer, through shared memory. */
    SHARED;

    /** For the option that has such a value. */
    public static final String DESCRIPTION =
        "who drains the rings: bpf, which needs privileges; shared, which needs none and"
        + " reads them through shared memory; auto: bpf where that works, else shared (default: auto)";

    /**
     * Starts a recording.
     *
     * @param options   what to record by a path
     * @param whyShared takes the reason, one line, if auto falls back to shared
     */
    public Recorder start(final Function<EventPath, RecordOptions> options, final Consumer<String> whyShared) {
        if (this == SHARED) {
            return Recorder.start(options.apply(EventPath.SHARED));
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

    /** A reason that keeps shared mode from working too is said once, as what ends the command. */
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

    private void requireAuto(final RuntimeException e) {
        if (this != AUTO) {
            throw e;
        }
    }

    private static String firstLine(final RuntimeException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
