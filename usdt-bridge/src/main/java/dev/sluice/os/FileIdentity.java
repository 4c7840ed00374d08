// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

/**
 * Which file something is, whatever its name.
 *
 * @param device the device of the file's file system, the minor number in the low 20 bits
 * @param inode  the file's number in that file system
 */
public record FileIdentity(long device, String inode) {
}
