// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Sluice, as applications depend on it: everything in one module, of which only the API is exported.
 */
module dev.sluice {
    requires java.logging;
    // For an application that gives no flag: JdkAccess.
    requires jdk.unsupported;
    // Parts of JNA and Agrona that are never called.
    requires static java.compiler;
    requires static java.desktop;
    requires static java.management;

    exports dev.sluice.trace;
}
