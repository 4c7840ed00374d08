// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import java.io.IOException;

/** The bytes handed to a {@link ClassFileParser} are not a class file it understands. */
final class MalformedClassFileException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedClassFileException(final String message) {
        super(message);
    }
}
