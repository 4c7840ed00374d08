// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A process of its own that loads a provider, starts the program that its arguments are, prints where it loaded from,
 * and lives until its input ends.
 */
final class StubChild {
    private StubChild() {
    }

    public static void main(final String[] arguments) throws IOException {
        final LoadedStubs stubs = StubLoader.load("child", List.of(new StubProbe("probe", List.of())));
        if (arguments.length > 0) {
            new ProcessBuilder(arguments).start();
        }
        System.out.println("loaded " + (stubs.hasStubs() ? stubs.path() : stubs.reason()));
        while (System.in.read() >= 0) {
            continue;
        }
    }

    /** The path that a child printed; fails after a minute. */
    static String readPath(final Process child) throws Exception {
        final BufferedReader reader =
            new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8));
        final CompletableFuture<String> line = CompletableFuture.supplyAsync(() -> {
            try {
                String text = reader.readLine();
                while (text != null && !text.startsWith("loaded ")) {
                    text = reader.readLine();
                }
                return text;
            } catch (final IOException e) {
                throw new IllegalStateException(e);
            }
        });
        return line.get(120, TimeUnit.SECONDS).substring("loaded ".length());
    }

    static void tellToExit(final Process child) throws IOException {
        child.getOutputStream().close();
    }
}
