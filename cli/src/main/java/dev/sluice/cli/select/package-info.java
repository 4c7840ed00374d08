// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/** The options by which commands that read traces are told which events to take. */
package dev.sluice.cli.select;
