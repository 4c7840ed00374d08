// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.program;

import dev.sluice.bpf.libbpf.BpfException;
import dev.sluice.bpf.libbpf.BpfLink;
import dev.sluice.bpf.libbpf.BpfMap;
import dev.sluice.bpf.libbpf.BpfObject;
import dev.sluice.bpf.libbpf.BpfProgram;
import dev.sluice.bpf.libbpf.BpfRingBuffer;
import dev.sluice.bpf.libbpf.UprobeMulti;
import dev.sluice.bpf.libbpf.UprobeSite;
import dev.sluice.os.Errno;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What {@code DrainProgram}, {@code TrapProgram} and {@code UsdtProgram} have in common: the loaded object, its ring
 * buffer, its counters and its links, closed in reverse order of opening. Closing is idempotent; the first failure is
 * thrown after everything was closed.
 */
public final class LoadedObject implements AutoCloseable {

    private static final String CONFIG_SECTION = ".rodata.config";
    private static final String STATS_SECTION = ".data.stats";
    private static final int MAX_CLOSERS = 64;
    /** The longest wait for a detach. The kernel needs a tenth of a second, and longer on a busy machine. */
    private static final long DETACH_TIMEOUT_MS = 10_000;

    private final BpfObject object;
    private final BpfRingBuffer ringBuffer;
    private final GlobalData stats;
    private final Deque<BpfLink> links = new ArrayDeque<>();
    private final boolean isForSets;
    private boolean closed;

    private LoadedObject(final BpfObject object, final BpfRingBuffer ringBuffer, final GlobalData stats,
                         final boolean isForSets) {
        this.object = object;
        this.ringBuffer = ringBuffer;
        this.stats = stats;
        this.isForSets = isForSets;
    }

    /**
     * Opens, configures and loads.
     *
     * @param onlyProgram the one program to load, or null for all
     */
    public static LoadedObject load(final String name, final String mapName, final int ringBufferBytes,
                                    final byte[] config, final String onlyProgram) {
        return load(name, mapName, ringBufferBytes, config,
            program -> onlyProgram == null || onlyProgram.equals(program), false, object -> { });
    }

    /**
     * Opens, configures and loads.
     *
     * @param wanted    says whether to load a program
     * @param areSets   whether the programs will be attached to many sites at once, where the kernel can do that
     * @param configure what else is to be done before the load
     */
    public static LoadedObject load(final String name, final String mapName, final int ringBufferBytes,
                                    final byte[] config, final Predicate<String> wanted, final boolean areSets,
                                    final Consumer<BpfObject> configure) {
        final BpfObject object = BpfObject.open("sluice_" + name, BpfObjects.read(name));
        final boolean isForSets = areSets && UprobeMulti.isUsed();
        BpfRingBuffer ringBuffer = null;
        try {
            for (final String program : object.programNames()) {
                object.program(program).autoload(wanted.test(program));
                if (isForSets) {
                    object.program(program).expectedAttachType(UprobeMulti.ATTACH_TYPE);
                }
            }
            object.map(mapName).maxEntries(ringBufferBytes);
            object.map(CONFIG_SECTION).initialValue(config);
            configure.accept(object);
            object.load();
            ringBuffer = new BpfRingBuffer(object.map(mapName), ringBufferBytes);
            return new LoadedObject(object, ringBuffer, new GlobalData(object.map(STATS_SECTION)), isForSets);
        } catch (final RuntimeException e) {
            if (ringBuffer != null) {
                ringBuffer.close();
            }
            object.close();
            throw e;
        }
    }

    /** A map of the object. */
    public BpfMap map(final String mapName) {
        return object.map(mapName);
    }

    public BpfRingBuffer ringBuffer() {
        return ringBuffer;
    }

    public GlobalData stats() {
        return stats;
    }

    public synchronized BpfLink attach(final String programName, final int pid, final UprobeSite site) {
        return attachAll(programName, pid, List.of(site)).get(0);
    }

    /**
     * Attaches a program to sites, with one link for each file or, where the kernel cannot, for each site.
     *
     * @throws BpfException when the kernel refuses any of them: then none is attached
     */
    public synchronized List<BpfLink> attachAll(final String programName, final int pid, final List<UprobeSite> sites) {
        if (closed) {
            throw new IllegalStateException("closed");
        }
        final BpfProgram program = object.program(programName);
        final List<BpfLink> attached = new ArrayList<>();
        try {
            if (isForSets) {
                final Map<Object, List<UprobeSite>> byFile = sites.stream().collect(Collectors.groupingBy(
                    site -> Arrays.asList(site.path(), site.file()), LinkedHashMap::new, Collectors.toList()));
                byFile.values().forEach(ofOne -> attached.add(attachSet(program, pid, ofOne)));
            } else {
                sites.forEach(site -> attached.add(attachOne(program, pid, site)));
            }
        } catch (final BpfException e) {
            closeAll(attached);
            throw e;
        }
        links.removeIf(previous -> !previous.isAttached());
        attached.forEach(links::push);
        return attached;
    }

    private BpfLink attachSet(final BpfProgram program, final int pid, final List<UprobeSite> sites) {
        try {
            return UprobeMulti.attach(program.name(), program.fd(), pid, sites);
        } catch (final BpfException e) {
            if (e.errno() == Errno.EINVAL) {
                sites.forEach(site -> explain(program, pid, site, e));
            }
            throw e;
        }
    }

    private BpfLink attachOne(final BpfProgram program, final int pid, final UprobeSite site) {
        try {
            return program.attachUprobe(pid, site);
        } catch (final BpfException e) {
            if (e.errno() == Errno.EINVAL) {
                explain(program, pid, site, e);
            }
            throw e;
        }
    }

    /**
     * Throws if the kernel attaches to the site without its semaphore but not with it: then another tracer is attached
     * without the semaphore, and the kernel allows only one semaphore for all tracers of a site. If this does not
     * throw, the refusal has another reason.
     */
    private void explain(final BpfProgram program, final int pid, final UprobeSite site, final BpfException refusal) {
        if (site.refCtrOffset() != 0 && !canAttach(program, pid, site)
            && canAttach(program, pid, new UprobeSite(site.path(), site.file(), site.siteOffset(), 0, site.cookie()))) {
            throw BpfException.withoutSemaphore(refusal.call(), site);
        }
    }

    private boolean canAttach(final BpfProgram program, final int pid, final UprobeSite site) {
        try (BpfLink link = isForSets ? UprobeMulti.attach(program.name(), program.fd(), pid, List.of(site))
            : program.attachUprobe(pid, site)) {
            return link.isAttached();
        } catch (final BpfException e) {
            return false;
        }
    }

    /**
     * Attaches each program to its sites.
     *
     * @throws BpfException when the kernel refuses any of them: then no program of this object is attached any more
     */
    public void attachAll(final Map<String, List<UprobeSite>> sites, final int pid) {
        try {
            sites.forEach((program, of) -> attachAll(program, pid, of));
        } catch (final BpfException e) {
            detachAll();
            throw e;
        }
    }

    /**
     * Detaches all programs.
     *
     * @return false if the kernel has not detached them within some seconds: it continues to try, and programs may
     *     still run
     */
    public synchronized boolean detachAll() {
        final List<BpfLink> all = List.copyOf(links);
        links.clear();
        return closeAll(all);
    }

    /**
     * Closes links in threads. The kernel makes each closing thread wait until no processor can be inside a program;
     * many threads wait no longer than one. If any sleepable program of the machine waits for a page, that wait does
     * not end, so this method waits for the threads only for a limited time.
     */
    private static boolean closeAll(final List<BpfLink> all) {
        final AtomicInteger next = new AtomicInteger();
        final AtomicReference<BpfException> failure = new AtomicReference<>();
        final Runnable closer = () -> {
            for (int i = next.getAndIncrement(); i < all.size(); i = next.getAndIncrement()) {
                try {
                    all.get(i).close();
                } catch (final BpfException e) {
                    failure.set(e);
                }
            }
        };
        final List<Thread> helpers = new ArrayList<>();
        for (int i = 0; i < Math.min(all.size(), MAX_CLOSERS); i++) {
            final Thread helper = new Thread(closer, "sluice-detach");
            helper.setDaemon(true);
            helper.start();
            helpers.add(helper);
        }
        final boolean isClosed = joinUninterruptibly(helpers);
        if (failure.get() != null) {
            throw failure.get();
        }
        return isClosed;
    }

    private static boolean joinUninterruptibly(final List<Thread> threads) {
        final long begin = System.nanoTime();
        boolean isInterrupted = false;
        boolean isEnded = true;
        for (final Thread thread : threads) {
            long leftMs = 1;
            while (thread.isAlive() && leftMs > 0) {
                leftMs = DETACH_TIMEOUT_MS - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
                try {
                    thread.join(Math.max(1, leftMs));
                } catch (final InterruptedException e) {
                    isInterrupted = true;
                }
            }
            isEnded &= !thread.isAlive();
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
        return isEnded;
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            detachAll();
        } finally {
            stats.close();
            ringBuffer.close();
            object.close();
        }
    }
}
