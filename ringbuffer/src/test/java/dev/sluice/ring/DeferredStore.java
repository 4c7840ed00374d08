// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import org.agrona.UnsafeApi;

/** Holds one store back until later, for seeded faults that change an order. Shared as {@link StoreMeter} is. */
public final class DeferredStore {
    private static long address;
    private static long value;

    private DeferredStore() {
    }

    /** Takes the place of the store. */
    public static void defer(final long storeAddress, final long storeValue) {
        address = storeAddress;
        value = storeValue;
    }

    /** Makes the store, if one is held back. */
    public static void run() {
        if (address != 0) {
            StoreMeter.store(address);
            UnsafeApi.putLongRelease(null, address, value);
            address = 0;
        }
    }

    static void clear() {
        address = 0;
    }
}
