// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.reduce;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Makes of the schema the steps by which batches are walked. The steps of an event are written before the step that has
 * the number of its id, so programs that run meanwhile see all of them or none. For one thread.
 */
final class StepWriter {
    private final ReduceArea area;
    private final List<Measure> measures;
    private final Set<Integer> known = new HashSet<>();
    private int next = ReduceLayout.FIRST_FURTHER_STEP;

    StepWriter(final ReduceArea area, final List<Measure> measures) {
        this.area = area;
        this.measures = List.copyOf(measures);
    }

    /** A step that is not written yet. */
    private static final class Step {
        private int length;
        private int valueAt;
        private int flags;
        private int cut;
        private int result;
    }

    /** Adds events that are new. There is room for more events and fields than a target can declare in its memory. */
    void add(final Collection<EventSchema> schemas) {
        for (final EventSchema schema : schemas) {
            if (known.add(schema.id())) {
                write(schema.id(), steps(schema));
            }
        }
    }

    private List<Step> steps(final EventSchema schema) {
        final List<Step> steps = new ArrayList<>();
        Step step = new Step();
        final List<FieldSchema> fields = schema.fields();
        for (int i = 0; i < fields.size(); i++) {
            final FieldSchema field = fields.get(i);
            for (int measure = 0; measure < measures.size(); measure++) {
                if (field.type().isInteger() && measures.get(measure).indexIn(schema) == i) {
                    step = measured(steps, step, field, measure);
                }
            }
            step.length += field.type().isVariable() ? Short.BYTES : field.type().lengthBytes();
            if (field.type().isVariable()) {
                step.flags |= ReduceLayout.FLAG_VARIABLE;
                steps.add(step);
                step = new Step();
            }
        }
        step.flags |= ReduceLayout.FLAG_LAST;
        steps.add(step);
        return steps;
    }

    /** Has a step take the value of the next field. If it takes one already, it ends here, and another one begins. */
    private static Step measured(final List<Step> steps, final Step before, final FieldSchema field,
                                 final int measure) {
        Step step = before;
        if ((step.flags & ReduceLayout.FLAG_MEASURED) != 0) {
            steps.add(step);
            step = new Step();
        }
        step.flags |= ReduceLayout.FLAG_MEASURED | (field.type().isSigned() ? ReduceLayout.FLAG_SIGNED : 0);
        step.valueAt = step.length;
        step.cut = Long.SIZE - field.type().lengthBytes() * Byte.SIZE;
        step.result = Reduction.resultOf(measure, field.type().isSigned());
        return step;
    }

    private void write(final int id, final List<Step> steps) {
        if (next + steps.size() > ReduceLayout.STEPS) {
            // Its events are not known to the program then, and it says so of each batch with one of them.
            return;
        }
        for (int i = steps.size() - 1; i >= 0; i--) {
            final Step step = steps.get(i);
            area.putStep(i == 0 ? id : next + i - 1, i == steps.size() - 1 ? 0 : next + i, step.length, step.valueAt,
                step.flags, step.cut, step.result);
        }
        next += steps.size() - 1;
    }
}
