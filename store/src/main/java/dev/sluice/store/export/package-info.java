// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/** Exports traces in formats that other programs read. Start at {@link dev.sluice.store.export.ExportFormat}. */
package dev.sluice.store.export;
