// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.pull;

import dev.sluice.bpf.libbpf.BpfException;
import dev.sluice.bpf.libbpf.BpfMap;
import dev.sluice.bpf.libbpf.BpfObject;
import dev.sluice.bpf.libbpf.BpfProgram;
import dev.sluice.bpf.program.BpfObjects;
import dev.sluice.os.Mappings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * A loaded object whose programs a consumer runs itself, in the best variant that the kernel accepts, and the memory
 * that it shares with them. For one thread at a time. Closing is idempotent.
 */
final class PullObject implements AutoCloseable {
    private static final String AREA = ".bss";
    private static final String INITIAL_PID_NAMESPACE = "pid:[4026531836]";
    private static final Path PID_NAMESPACE = Path.of("/proc/self/ns/pid");

    private final BpfObject object;
    private final BpfProgram copier;
    private final long address;
    private final int lengthBytes;
    private boolean isClosed;

    private PullObject(final BpfObject object, final BpfProgram copier, final long address, final int lengthBytes) {
        this.object = object;
        this.copier = copier;
        this.address = address;
        this.lengthBytes = lengthBytes;
    }

    /** The ways to find the process, best first. */
    private enum Variant {
        HERE("_here", "bpf_task_from_vpid"),
        INITIAL("", "bpf_task_from_pid");

        private final String suffix;
        private final String kernelFunction;

        Variant(final String suffix, final String kernelFunction) {
            this.suffix = suffix;
            this.kernelFunction = kernelFunction;
        }
    }

    /**
     * Loads an object.
     *
     * @param name        of the object; that of its program that copies is "handle_" and this
     * @param others      other programs that are loaded with it
     * @param lengthBytes length of the shared memory that is mapped
     * @throws BpfException if the kernel lacks what the programs need, or refuses them
     */
    static PullObject load(final String name, final Set<String> others, final int lengthBytes) {
        BpfException failure = null;
        for (final Variant variant : Variant.values()) {
            try {
                return load(name, others, lengthBytes, variant);
            } catch (final BpfException e) {
                if (failure != null) {
                    e.addSuppressed(failure);
                }
                failure = e;
            }
        }
        throw failure;
    }

    private static PullObject load(final String name, final Set<String> others, final int lengthBytes,
                                   final Variant variant) {
        if (variant == Variant.INITIAL && !isInInitialPidNamespace()) {
            throw new BpfException("bpf_object__load(sluice_" + name + ")", "this kernel has no bpf_task_from_vpid, and"
                + " without it a process is found from the initial pid namespace only, which this is not");
        }
        final String copier = "handle_" + name + variant.suffix;
        final BpfObject object = BpfObject.open("sluice_" + name, BpfObjects.read(name));
        try {
            for (final String program : object.programNames()) {
                object.program(program).autoload(copier.equals(program) || others.contains(program));
            }
            object.load();
            final BpfMap area = object.map(AREA);
            if (area.valueLength() < lengthBytes) {
                throw new IllegalStateException("area=" + area.valueLength() + " expected=" + lengthBytes);
            }
            return new PullObject(object, object.program(copier), area.pages(0, lengthBytes, true), lengthBytes);
        } catch (final BpfException e) {
            object.close();
            throw explained(e, variant);
        } catch (final RuntimeException e) {
            object.close();
            throw e;
        }
    }

    /**
     * Adds an explanation to a failure. If the kernel lacks a function, only the verifier's log names that function, if
     * anything does.
     */
    private static BpfException explained(final BpfException failure, final Variant variant) {
        if (!failure.isRefusedByVerifier()) {
            return failure;
        }
        final BpfException explained = new BpfException(failure.call(), "this kernel does not let a program that is run"
            + " by hand call " + variant.kernelFunction + ", bpf_task_release and bpf_copy_from_user_task; use --mode"
            + " bpf or --mode shared");
        explained.initCause(failure);
        return explained;
    }

    private static boolean isInInitialPidNamespace() {
        try {
            return INITIAL_PID_NAMESPACE.equals(Files.readSymbolicLink(PID_NAMESPACE).toString());
        } catch (final IOException e) {
            return false;
        }
    }

    /** The program that copies. */
    BpfProgram copier() {
        return copier;
    }

    BpfProgram program(final String name) {
        return object.program(name);
    }

    /** Address of the shared memory. */
    long address() {
        return address;
    }

    boolean isClosed() {
        return isClosed;
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            Mappings.unmap(address, lengthBytes);
            object.close();
        }
    }
}
