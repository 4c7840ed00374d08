// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.schema;

import dev.sluice.bpf.KernelTest;
import dev.sluice.consumer.record.EventPath;

/** The same schemas and values, drained by BPF. */
@KernelTest
class RandomSchemaBatchTest extends RandomSchemaTest {
    @Override
    EventPath path() {
        return EventPath.BATCH;
    }
}
