// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0

/**
 * {@code sluice doctor}: what works on this machine, what is missing and what to do about it. Start at
 * {@link dev.sluice.cli.doctor.DoctorCommand}; each class whose name ends in Checks looks at one part of the machine.
 */
package dev.sluice.cli.doctor;
