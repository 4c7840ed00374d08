// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Exports as tables: what their files are called, and how another module writes a format of tables. Start at
 * {@link dev.sluice.store.table.TableWriter}.
 */
package dev.sluice.store.table;
