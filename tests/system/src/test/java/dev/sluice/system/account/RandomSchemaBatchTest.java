// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.account;

import dev.sluice.bpf.KernelTest;
import dev.sluice.consumer.record.RecordOptions;

/** The same schemas and values, drained by BPF. */
@KernelTest
class RandomSchemaBatchTest extends RandomSchemaTest {
    @Override
    RecordOptions.EventPath path() {
        return RecordOptions.EventPath.BATCH;
    }
}
