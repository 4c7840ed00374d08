// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.jfr;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The description of a chunk's types: a tree of elements with attributes, whose texts stand before it. */
final class JfrMetadata {
    private final JfrBytes tree = new JfrBytes();
    private final Map<String, Integer> texts = new LinkedHashMap<>();

    JfrMetadata(final Collection<JfrType> types) {
        element("root", 2, List.of());
        element("metadata", types.size(), List.of());
        types.forEach(this::type);
        // Times are shown in UTC.
        element("region", 0, List.of("locale", "en_US", "gmtOffset", "0", "dst", "0"));
    }

    /** Writes the texts and the tree. */
    void writeTo(final JfrBytes out) {
        out.integer(texts.size());
        texts.keySet().forEach(out::text);
        out.append(tree);
    }

    private void text(final String text) {
        tree.integer(texts.computeIfAbsent(text, key -> texts.size()));
    }

    /** Begins an element; as many as {@code children} must come inside of it. */
    private void element(final String name, final int children, final List<String> attributes) {
        text(name);
        tree.integer(attributes.size() / 2);
        attributes.forEach(this::text);
        tree.integer(children);
    }

    private void type(final JfrType type) {
        final List<String> attributes = new ArrayList<>(List.of("name", type.name(), "id", Long.toString(type.id())));
        if (!type.superType().isEmpty()) {
            attributes.addAll(List.of("superType", type.superType()));
        }
        element("class", type.fields().size() + type.annotations().size(), attributes);
        type.fields().forEach(this::field);
        type.annotations().forEach(this::annotation);
    }

    private void field(final JfrField field) {
        final List<String> attributes =
            new ArrayList<>(List.of("name", field.name(), "class", Long.toString(field.type().id())));
        switch (field.kind()) {
            case CONSTANT -> attributes.addAll(List.of("constantPool", "true"));
            case ARRAY -> attributes.addAll(List.of("dimension", "1"));
            default -> {
                // No more to say.
            }
        }
        element("field", field.annotations().size(), attributes);
        field.annotations().forEach(this::annotation);
    }

    private void annotation(final JfrAnnotation annotation) {
        final List<String> attributes = new ArrayList<>(List.of("class", Long.toString(annotation.type().id())));
        for (int i = 0; i < annotation.values().size(); i++) {
            final JfrField field = annotation.type().fields().get(0);
            final boolean isArray = field.kind() == JfrField.Kind.ARRAY;
            attributes.addAll(List.of(isArray ? field.name() + '-' + i : field.name(), annotation.values().get(i)));
        }
        element("annotation", 0, attributes);
    }
}
