// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * A file of results as one page for a browser, without script and network. Start at
 * {@link dev.sluice.bench.page.ResultsPage}.
 */
package dev.sluice.bench.page;
