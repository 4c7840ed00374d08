// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.jfr;

import java.util.List;

/** The types that every chunk describes, and that the types of events are made of. Readers know them by their names. */
public final class JfrTypes {
    private static final String ANNOTATION = "java.lang.annotation.Annotation";
    private static final String VALUE = "value";

    /** The first number of a type that is not one of these. */
    public static final long FIRST_ID = 100;
    /** An integer of 64 bits, like the types after it a value. */
    public static final JfrType LONG = value(10, "long");
    /** An integer of 32 bits. */
    public static final JfrType INT = value(11, "int");
    /** An integer of 16 bits. */
    public static final JfrType SHORT = value(12, "short");
    /** True or false. */
    public static final JfrType BOOLEAN = value(14, "boolean");
    /** 32 bits. */
    public static final JfrType FLOAT = value(15, "float");
    /** 64 bits. */
    public static final JfrType DOUBLE = value(16, "double");
    /** A text. */
    public static final JfrType STRING = value(17, "java.lang.String");
    /** A group of threads. */
    public static final JfrType THREAD_GROUP =
        new JfrType(18, "jdk.types.ThreadGroup", "", List.of(JfrField.of("name", STRING)), List.of());
    /** A thread. */
    public static final JfrType THREAD = new JfrType(19, "java.lang.Thread", "", List.of(JfrField.of("osName", STRING),
        JfrField.of("osThreadId", LONG), JfrField.of("javaName", STRING), JfrField.of("javaThreadId", LONG),
        JfrField.constant("group", THREAD_GROUP), JfrField.of("virtual", BOOLEAN)), List.of());

    /** Says of another annotation that it tells what a value is. */
    private static final JfrType CONTENT_TYPE = annotation(20, "jdk.jfr.ContentType", List.of());
    /** Says what a point in time is counted in. */
    private static final JfrType TIMESTAMP = content(21, "jdk.jfr.Timestamp");
    /** Says what a duration is counted in. */
    public static final JfrType TIMESPAN = content(22, "jdk.jfr.Timespan");
    /** Says that a value is of bytes or bits. */
    public static final JfrType DATA_AMOUNT = content(23, "jdk.jfr.DataAmount");
    /** Says that a value is of hertz. */
    public static final JfrType FREQUENCY =
        new JfrType(24, "jdk.jfr.Frequency", ANNOTATION, List.of(), List.of(JfrAnnotation.of(CONTENT_TYPE)));
    /** Says that an integer has no sign. */
    public static final JfrType UNSIGNED =
        new JfrType(25, "jdk.jfr.Unsigned", ANNOTATION, List.of(), List.of(JfrAnnotation.of(CONTENT_TYPE)));
    /** A name for people. */
    public static final JfrType LABEL = annotation(26, "jdk.jfr.Label", List.of(JfrField.of(VALUE, STRING)));
    /** A sentence for people. */
    public static final JfrType DESCRIPTION =
        annotation(27, "jdk.jfr.Description", List.of(JfrField.of(VALUE, STRING)));
    /** Where an event stands in a tree. */
    public static final JfrType CATEGORY = annotation(28, "jdk.jfr.Category",
        List.of(new JfrField(VALUE, STRING, JfrField.Kind.ARRAY, List.of())));
    /** The unit that a field was declared with. */
    public static final JfrType UNIT = annotation(29, "dev.sluice.Unit", List.of(JfrField.of(VALUE, STRING)));

    /** The first fields of each event; readers expect the time to be the first of all. */
    public static final List<JfrField> EVENT_FIELDS =
        List.of(JfrField.of("startTime", LONG, JfrAnnotation.of(TIMESTAMP, "TICKS")),
            JfrField.constant("eventThread", THREAD));
    /** All of them. */
    public static final List<JfrType> ALL = List.of(LONG, INT, SHORT, BOOLEAN, FLOAT, DOUBLE, STRING,
        THREAD_GROUP, THREAD, CONTENT_TYPE, TIMESTAMP, TIMESPAN, DATA_AMOUNT, FREQUENCY, UNSIGNED, LABEL, DESCRIPTION,
        CATEGORY, UNIT);

    private JfrTypes() {
    }

    private static JfrType value(final long id, final String name) {
        return new JfrType(id, name, "", List.of(), List.of());
    }

    private static JfrType annotation(final long id, final String name, final List<JfrField> fields) {
        return new JfrType(id, name, ANNOTATION, fields, List.of());
    }

    private static JfrType content(final long id, final String name) {
        return new JfrType(id, name, ANNOTATION, List.of(JfrField.of(VALUE, STRING)),
            List.of(JfrAnnotation.of(CONTENT_TYPE)));
    }
}
