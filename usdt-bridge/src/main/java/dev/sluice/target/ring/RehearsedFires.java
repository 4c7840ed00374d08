// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.ring;

/** Fires events of each kind, which go nowhere, as a thread of the application does. For one thread. */
public interface RehearsedFires {
    /**
     * Fires some events.
     *
     * @param wordAddress address of eight bytes for the word that enables them
     */
    void fire(long wordAddress);

    /** The calling thread fires no more: it keeps nothing of what it has got by firing. */
    void end();
}
