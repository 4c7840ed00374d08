// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.program;

import dev.sluice.bpf.libbpf.BpfException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The compiled programs inside this jar: present for one architecture, or absent for a stated reason. Any thread. */
public final class BpfObjects {

    private static final String INDEX = "objects.properties";
    private static final String UNAVAILABLE_REASON = findReason();

    private BpfObjects() {
    }

    /** True when programs for this machine's architecture were built into the jar. */
    public static boolean available() {
        return UNAVAILABLE_REASON == null;
    }

    /** Why {@link #available()} is false; null when it is true. */
    public static String unavailableReason() {
        return UNAVAILABLE_REASON;
    }

    /**
     * The bytes of one object.
     *
     * @param name such as {@code drain}
     * @throws BpfException when the objects are not available
     */
    public static byte[] read(final String name) {
        if (!available()) {
            throw new BpfException("reading " + name + ".bpf.o", UNAVAILABLE_REASON);
        }
        try (InputStream in = BpfObjects.class.getResourceAsStream(name + ".bpf.o")) {
            if (in == null) {
                throw new IllegalArgumentException("no such object: name=" + name);
            }
            return in.readAllBytes();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String findReason() {
        final Properties index = new Properties();
        try (InputStream in = BpfObjects.class.getResourceAsStream(INDEX)) {
            if (in == null) {
                return "this jar was built without the eBPF programs";
            }
            index.load(in);
        } catch (final IOException e) {
            return "the eBPF programs cannot be read from the jar: " + e.getMessage();
        }
        if (index.getProperty("unavailable") != null) {
            return index.getProperty("unavailable");
        }
        final String here = "amd64".equals(System.getProperty("os.arch")) ? "x86_64" : System.getProperty("os.arch");
        final String built = index.getProperty("architecture");
        return here.equals(built) ? null : "the eBPF programs were built for " + built + ", this machine is " + here;
    }
}
