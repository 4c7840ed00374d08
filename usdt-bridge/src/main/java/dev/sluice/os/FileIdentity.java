// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

/**
 * Which file it is, whatever its name.
 *
 * @param device of its file system, the minor number in the low 20 bits
 * @param inode  its number there
 */
public record FileIdentity(long device, String inode) {
}
