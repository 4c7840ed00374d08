// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.doctor;

import dev.sluice.cli.output.Json;
import dev.sluice.store.text.PrintedText;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** All findings, as text or JSON. Immutable: any thread. */
record DoctorPage(List<Finding> findings) {
    /** Raised when a key changes its meaning or goes. */
    static final int VERSION = 1;

    private static final String INDENT = " ".repeat(30);

    /** The worst state of all findings. */
    Finding.State worst() {
        return findings.stream().map(Finding::state).max(Enum::compareTo).orElse(Finding.State.OK);
    }

    /** A line for each finding, and two more for one that is not well. */
    String toText() {
        final StringBuilder text = new StringBuilder();
        for (final Finding finding : findings) {
            line(text, String.format(Locale.ROOT, "%-8s %-20s ", finding.state().label(), finding.key()),
                finding.found());
            if (!finding.means().isEmpty()) {
                line(text, INDENT, finding.means());
            }
            if (!finding.remedy().isEmpty()) {
                line(text, INDENT + "remedy: ", finding.remedy());
            }
        }
        return text.toString();
    }

    private static void line(final StringBuilder text, final String before, final String said) {
        text.append(before);
        PrintedText.escape(text, said);
        text.append('\n');
    }

    String toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("version", VERSION);
        json.put("state", worst().label());
        json.put("findings", findings.stream().map(Finding::toJson).toList());
        return Json.write(json);
    }
}
