// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Finds documents in a segment's files, damaged or not: it reads files without mapping them, walks from one document to
 * the next, and lists what is damaged. The files are not trusted, whoever wrote them. Start at
 * {@link dev.sluice.store.segment.DocumentView}.
 */
package dev.sluice.store.segment;
