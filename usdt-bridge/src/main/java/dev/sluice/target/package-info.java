// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The traced side behind the API: what one copy of the library does in its process. Applications do not see it: the
 * module does not export this package or those below it.
 * <p>
 * Start at {@link dev.sluice.target.LocalTarget}, which makes all parts and starts the threads.
 * {@link dev.sluice.target.ControlAgent} is what the control thread does. Fires, and the code that is generated for
 * typed interfaces, call {@link dev.sluice.target.LiveTarget} and, for probes, {@link dev.sluice.target.TrapCaller}.
 */
package dev.sluice.target;
