// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

/** What this project does with threads of its own. Stateless; any thread. */
public final class Threads {
    private Threads() {
    }

    /**
     * Waits for the end of a thread, however often the caller is interrupted meanwhile: what the thread uses is closed
     * next. Returns at once if it was never started. The caller is still interrupted afterwards if it was.
     */
    public static void awaitEnd(final Thread thread) {
        boolean isInterrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (final InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
