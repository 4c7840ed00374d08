// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Documents as they are found in a segment's files, damaged or not: files that are read without a mapping, the walk
 * from one document to the next, and the list of what is damaged. Whoever wrote the files is not trusted. Start at
 * {@link dev.sluice.store.segment.DocumentView}.
 */
package dev.sluice.store.segment;
