// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.libbpf;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Whether the system's libbpf can be used, and the log it writes. Any thread. The environment makes nothing here throw,
 * except {@link #require()}, which throws the reason as a {@link BpfException}.
 */
public final class LibBpf {

    public static final String LIBRARY = "libbpf.so.1";

    private static final int LEVEL_INFO = 1;
    private static final int LINE_LIMIT = 64 * 1024;
    private static final int LOG_LIMIT = 16 * 1024;
    private static final ThreadLocal<StringBuilder> LOG = ThreadLocal.withInitial(StringBuilder::new);
    /** The callback is held here for ever, because libbpf keeps a pointer to it. */
    private static final LibBpfNative.PrintCallback PRINT = LibBpf::print;
    private static Path path;
    private static final String UNAVAILABLE_REASON = initialise();

    private LibBpf() {
    }

    /** True when libbpf 1.x is loaded. Says nothing about privileges: {@code KernelFeatures} does. */
    public static boolean available() {
        return UNAVAILABLE_REASON == null;
    }

    /** Why {@link #available()} is false, with the remedy; null when it is true. */
    public static String unavailableReason() {
        return UNAVAILABLE_REASON;
    }

    /** libbpf's version such as {@code v1.1}, or null when it is not available. */
    public static String version() {
        return available() ? LibBpfNative.libbpf_version_string() : null;
    }

    /** Where the library is. */
    static String path() {
        return path.toString();
    }

    static void require() {
        if (!available()) {
            throw new BpfException("dlopen(" + LIBRARY + ")", UNAVAILABLE_REASON);
        }
    }

    /** Starts the capture of what libbpf prints on this thread. */
    static void clearLog() {
        LOG.get().setLength(0);
    }

    /** What libbpf printed on this thread since {@link #clearLog()}; of a long text only the end. */
    static String log() {
        return LOG.get().toString();
    }

    private static String initialise() {
        final String os = System.getProperty("os.name", "");
        if (!"Linux".equals(os)) {
            return "BPF needs Linux, this is " + os;
        }
        try {
            if (Native.POINTER_SIZE != Long.BYTES) {
                return "BPF needs a 64-bit JVM";
            }
            path = SystemLibrary.find(LIBRARY, SystemLibrary.directories());
            LibBpfNative.libbpf_set_print(PRINT);
            return null;
        } catch (final FileNotFoundException e) {
            return LIBRARY + " is not installed: apt-get install libbpf1 (" + e.getMessage() + ")";
        } catch (final IOException e) {
            return LIBRARY + " is not used: " + e.getMessage();
        } catch (final LinkageError e) {
            return LIBRARY + " cannot be loaded, or is older than 1.0: apt-get install libbpf1 (" + firstLine(e) + ")";
        }
    }

    private static String firstLine(final Throwable error) {
        final Throwable cause = error.getCause() == null ? error : error.getCause();
        final String message = String.valueOf(cause.getMessage());
        return message.lines().findFirst().orElse(message);
    }

    private static int print(final int level, final long format, final long arguments) {
        if (level > LEVEL_INFO) {
            return 0;
        }
        try (Memory line = new Memory(LINE_LIMIT)) {
            final int length = LibBpfNative.vsnprintf(Pointer.nativeValue(line), LINE_LIMIT, format, arguments);
            final byte[] bytes = line.getByteArray(0, Math.min(Math.max(length, 0), LINE_LIMIT - 1));
            final StringBuilder log = LOG.get().append(new String(bytes, StandardCharsets.UTF_8));
            if (log.length() > LOG_LIMIT) {
                log.delete(0, log.length() - LOG_LIMIT);
            }
        }
        return 0;
    }
}
