// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * The control file, by which a target and its consumer speak to each other: the session, the commands with their
 * answers, and the words that the consumer writes. Start at {@link dev.sluice.ring.control.ControlFile}; its layout is
 * {@link dev.sluice.ring.control.ControlFileDescriptor}, and {@link dev.sluice.ring.control.Command} is what a consumer
 * can ask for. docs/protocol.md says who may write which word.
 */
package dev.sluice.ring.control;
