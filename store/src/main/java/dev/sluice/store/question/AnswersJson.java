// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.question;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.store.field.Breakdown;
import dev.sluice.store.field.FieldValue;
import dev.sluice.store.field.Histogram;
import dev.sluice.store.field.ValueGroup;
import dev.sluice.store.pair.PairFigures;
import dev.sluice.store.report.Bucket;
import dev.sluice.store.report.FieldFigures;
import java.util.Locale;

/** Writes answers as JSON. Keys are stable: later versions only add some. For one thread. */
final class AnswersJson {
    /** Numbers are written as print writes them; they may have more digits than a double holds. */
    private static final ObjectMapper MAPPER =
        new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private final Answers answers;

    AnswersJson(final Answers answers) {
        this.answers = answers;
    }

    ObjectNode toJson() {
        final ObjectNode json = JsonNodeFactory.instance.objectNode();
        if (!answers.questions().by().isEmpty()) {
            final ArrayNode by = json.putArray("by");
            answers.breakdowns().forEach(breakdown -> add(by.addObject(), breakdown));
        }
        if (!answers.questions().histograms().isEmpty()) {
            final ArrayNode histograms = json.putArray("histograms");
            answers.histograms().forEach(histogram -> add(histograms.addObject(), histogram));
        }
        if (!answers.pairs().isEmpty()) {
            final ArrayNode pairs = json.putArray("pairs");
            answers.pairs().forEach(pair -> add(pairs.addObject(), pair));
        }
        if (answers.questions().slowest() != null) {
            final ArrayNode slowest = json.putArray("slowest");
            answers.slowest().forEach(slow -> add(slowest.addObject(), slow));
        }
        final ArrayNode threads = json.putArray("threads");
        answers.threads().forEach(thread -> add(threads.addObject(), thread));
        return json;
    }

    private void add(final ObjectNode node, final SlowOne slow) {
        node.put("of", slow.subject()).put("field", slow.field().name());
        if (slow.field() == PairFigures.LATENCY) {
            node.put("latency_ns", slow.length().longValue());
        } else {
            FieldValue.put(node, "value", slow.field(), slow.length());
        }
        node.put("duration_ns", slow.endNs() - slow.beginNs());
        node.put("target", slow.beginThread().target()).put("thread", slow.threadName());
        final ArrayNode around = node.putArray("events");
        for (final Surrounding event : slow.surroundings()) {
            around.addObject().put("role", event.role().name().toLowerCase(Locale.ROOT))
                .set("event", parsed(event.json()));
        }
        node.putObject("left_out").put("same_thread", slow.leftOutOfThread()).put("other", slow.leftOutOfOthers());
    }

    private static JsonNode parsed(final String json) {
        try {
            return MAPPER.readTree(json);
        } catch (final JsonProcessingException e) {
            throw new IllegalStateException("not JSON, though print has written it: " + json, e);
        }
    }

    private void add(final ObjectNode node, final ThreadFigures thread) {
        if (thread.isOne()) {
            node.put("target", thread.target()).put("pid", thread.pid()).put("tid", thread.tid())
                .put("java_thread_id", thread.javaThreadId()).put("thread", thread.name());
        } else {
            node.put("others", true);
        }
        node.put("count", thread.events()).put("rate", answers.report().rate(thread.events()))
            .put("first_monotonic_ns", thread.firstNs()).put("last_monotonic_ns", thread.lastNs());
    }

    private static void add(final ObjectNode node, final PairFigures pair) {
        node.put("begin", pair.rule().begin()).put("end", pair.rule().end());
        final ArrayNode keys = node.putArray("keys");
        pair.rule().keys().forEach(keys::add);
        node.put("begins", pair.begins()).put("ends", pair.ends()).put("count", pair.matched());
        node.putObject("begins_without_end").put("open", pair.open()).put("begun_again", pair.begunAgain())
            .put("missing", pair.cut()).put("forgotten", pair.givenUp());
        node.put("ends_without_begin", pair.endsWithoutBegin());
        node.set("latency_ns", FieldFigures.json(pair.latency()));
    }

    private static void putTarget(final ObjectNode node, final int target) {
        if (target >= 0) {
            node.put("target", target);
        }
    }

    private void add(final ObjectNode node, final Breakdown breakdown) {
        node.put("event", breakdown.subject());
        putTarget(node, breakdown.target());
        node.put("by", breakdown.by()).put("order", breakdown.order() == null ? "count" : breakdown.order())
            .put("count", breakdown.total());
        final ArrayNode values = node.putArray("values");
        for (final ValueGroup group : breakdown.groups()) {
            final ObjectNode value = values.addObject();
            FieldValue.put(value, "value", breakdown.field(), group.value());
            add(value, group);
        }
        final ObjectNode others = node.putObject("others");
        if (breakdown.otherValues() < 0) {
            others.putNull("values");
        } else {
            others.put("values", breakdown.otherValues());
        }
        FieldFigures.put(others, "most_frequent", breakdown.order() == null
            ? (Number) (long) breakdown.mostForgotten() : (Number) breakdown.mostForgotten());
        add(others, breakdown.others());
    }

    private void add(final ObjectNode node, final ValueGroup group) {
        node.put("count", group.events());
        node.put("rate", answers.report().rate(group.events()));
        final ArrayNode fields = node.putArray("fields");
        group.fields().forEach(field -> fields.add(FieldFigures.json(field)));
    }

    private static void add(final ObjectNode node, final Histogram histogram) {
        node.put("event", histogram.subject());
        putTarget(node, histogram.target());
        node.put("field", histogram.field().name());
        node.put("type", histogram.field().type().name().toLowerCase(Locale.ROOT));
        node.put("of", histogram.figures().of());
        if (histogram.by() != null) {
            node.put("by", histogram.by());
            if (histogram.value() == null) {
                node.put("others", true);
            } else {
                FieldValue.put(node, "value", histogram.byField(), histogram.value());
            }
        }
        node.put("scale", histogram.isLinear() ? "linear" : "log2");
        node.put("count", histogram.figures().count());
        if (histogram.figures().nanCount() > 0) {
            node.put("nan", histogram.figures().nanCount());
        }
        FieldFigures.putValues(node, histogram.figures());
        final ArrayNode buckets = node.putArray("buckets");
        for (final Bucket bucket : histogram.buckets()) {
            final ObjectNode one = buckets.addObject();
            FieldFigures.put(one, "from", bucket.from());
            FieldFigures.put(one, "to", bucket.to());
            one.put("count", bucket.count());
        }
    }
}
