// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * A trace as one page for a browser. Start at {@link dev.sluice.store.html.HtmlReport}.
 */
package dev.sluice.store.html;
