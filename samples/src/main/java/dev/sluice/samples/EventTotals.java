// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How many events of each kind a scan of class files consists of, and the sum of every numeric field. A plain value:
 * the program that fires and the code that computes the truth both end in one, and share nothing on the way to it.
 *
 * @param parsed                 number of {@code classes:parsed} events
 * @param parsedBytes            sum of their field {@code bytes}
 * @param parsedMethods          sum of their field {@code methods}
 * @param method                 number of {@code classes:method} events
 * @param methodDescriptorLength sum of their field {@code descriptor_length}
 * @param methodCodeLength       sum of their field {@code code_length}
 * @param constant               number of {@code classes:constant} events
 * @param constantTag            sum of their field {@code tag}
 * @param constantLength         sum of their field {@code length}
 */
public record EventTotals(long parsed, long parsedBytes, long parsedMethods,
                          long method, long methodDescriptorLength, long methodCodeLength,
                          long constant, long constantTag, long constantLength) {
    /** No events. */
    public static final EventTotals NONE = new EventTotals(0, 0, 0, 0, 0, 0, 0, 0, 0);

    /** Returns the number of events of all kinds. */
    public long events() {
        return parsed + method + constant;
    }

    /** Returns the totals of both scans together. */
    public EventTotals plus(final EventTotals other) {
        return new EventTotals(parsed + other.parsed, parsedBytes + other.parsedBytes,
            parsedMethods + other.parsedMethods, method + other.method,
            methodDescriptorLength + other.methodDescriptorLength, methodCodeLength + other.methodCodeLength,
            constant + other.constant, constantTag + other.constantTag, constantLength + other.constantLength);
    }

    /**
     * Returns the totals by name: {@code parsed} is the number of those events, {@code parsed.bytes} the sum of that
     * field. Kinds and fields have the names under which they are traced, in declared order.
     */
    public Map<String, Long> asMap() {
        final Map<String, Long> map = new LinkedHashMap<>();
        map.put("parsed", parsed);
        map.put("parsed.bytes", parsedBytes);
        map.put("parsed.methods", parsedMethods);
        map.put("method", method);
        map.put("method.descriptor_length", methodDescriptorLength);
        map.put("method.code_length", methodCodeLength);
        map.put("constant", constant);
        map.put("constant.tag", constantTag);
        map.put("constant.length", constantLength);
        return map;
    }

    /** Returns a JSON object with one member for each entry of {@link #asMap()}. */
    public String toJson() {
        final StringBuilder json = new StringBuilder("{");
        asMap().forEach((name, value) ->
            json.append(json.length() == 1 ? "" : ",").append('"').append(name).append("\":").append(value));
        return json.append('}').toString();
    }
}
