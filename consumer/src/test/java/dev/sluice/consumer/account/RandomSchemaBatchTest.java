// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.account;

import dev.sluice.consumer.KernelTest;
import dev.sluice.consumer.RecordOptions;

/** The same schemas and values, drained by BPF. */
@KernelTest
class RandomSchemaBatchTest extends RandomSchemaTest {
    @Override
    RecordOptions.EventPath path() {
        return RecordOptions.EventPath.BATCH;
    }
}
