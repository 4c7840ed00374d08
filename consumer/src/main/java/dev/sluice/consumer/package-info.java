// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * The consumer: finds a target, checks and maps what it shares, takes its session, drains it into a trace and accounts
 * for every event. Everything a target shares is treated as hostile: bounded before it is used.
 */
package dev.sluice.consumer;
