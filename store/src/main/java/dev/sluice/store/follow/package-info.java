// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/** Reading a trace while it is recorded: {@link dev.sluice.store.follow.TraceTail}. */
package dev.sluice.store.follow;
