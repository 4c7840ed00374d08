// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Answers questions about a trace in addition to its report: figures for each value of a field, histograms, pairs, and
 * what took longest. Start at {@link dev.sluice.store.question.Questions} and
 * {@link dev.sluice.store.question.Answers}.
 */
package dev.sluice.store.question;
