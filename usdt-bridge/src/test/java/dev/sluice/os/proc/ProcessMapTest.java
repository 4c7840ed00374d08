// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os.proc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.os.FileIdentity;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessMapTest {
    @Test
    void shouldParseMapsWhenPathsAreStrange() throws IOException {
        final List<ProcessMap.MappedFile> files = ProcessMap.of(List.of(
            "7f0000000000-7f0000001000 r-xp 00002000 fe:01 42                         /tmp/a b\\012c (deleted)",
            "7f0000002000-7f0000003000 rw-p 00003000 fe:01 42                         /tmp/a b\\012c (deleted)",
            "7f0000004000-7f0000005000 rw-p 00000000 00:00 0                          [heap]",
            "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]",
            "nonsense")).files();
        assertThat(files).hasSize(1);
        final ProcessMap.MappedFile file = files.get(0);
        assertThat(file.first().path()).isEqualTo("/tmp/a b\nc (deleted)");
        assertThat(file.first().file()).isEqualTo(new FileIdentity(0xfe << 20 | 1, "42"));
        assertThat(file.codeAddress(0x2010)).isEqualTo(0x7f0000000010L);
        assertThat(file.codeAddress(0x3000)).isZero();
        assertThat(file.dataAddress(0x3004)).isEqualTo(0x7f0000002004L);
        assertThat(file.dataAddress(0x2004)).isZero();
    }
}
