// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * A trace in the formats of other programs. Start at {@link dev.sluice.store.export.CtfExporter}.
 */
package dev.sluice.store.export;
