// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/** Makes the directories and files of exports. Start at {@link dev.sluice.store.export.file.ExportFiles}. */
package dev.sluice.store.export.file;
