// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.schema;

import dev.sluice.bpf.KernelTest;
import dev.sluice.consumer.record.EventPath;

/** The same schemas and values, copied out of the rings by a program that the recorder runs. */
@KernelTest
class RandomSchemaPullTest extends RandomSchemaTest {
    @Override
    EventPath path() {
        return EventPath.PULL;
    }
}
