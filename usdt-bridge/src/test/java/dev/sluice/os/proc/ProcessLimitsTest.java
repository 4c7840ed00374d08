// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os.proc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testsupport.OneJdk;
import java.util.List;
import org.junit.jupiter.api.Test;

@OneJdk
class ProcessLimitsTest {
    private static final String HEAD = "Limit                     Soft Limit           Hard Limit           Units     ";

    @Test
    void shouldKnowALimitOfAddressSpaceAsTheKernelWritesIt() {
        assertThat(ProcessLimits.isAddressSpaceUnlimited(List.of(HEAD,
            "Max address space         unlimited            unlimited            bytes     "))).isTrue();
        assertThat(ProcessLimits.isAddressSpaceUnlimited(List.of(HEAD,
            "Max address space         12288000000          unlimited            bytes     "))).isFalse();
        assertThat(ProcessLimits.isAddressSpaceUnlimited(List.of(HEAD,
            "Max file size             unlimited            unlimited            bytes     "))).isFalse();
    }
}
