// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.page;

/** How was measured, for who has nothing but the page. */
final class Method {
    static final String HTML = """
        <h2>Method</h2>
        <ul id="method">
        <li><b>One loop.</b> The same loop runs around every way, in Java by JMH, in C by the same code written
        again. The second number of an event is its own number, the first one of 1,024 random ones: nothing can
        be left out as constant.</li>
        <li><b>A process for each turn.</b> A JVM knows one way only, as a program has one tracer.</li>
        <li><b>Rounds in random order.</b> In each round every way runs once; the order is another one each
        round, drawn from the seed below. Differences and ratios are taken within a round, where the machine was
        nearly the same, and the median of the rounds is shown with the interval that holds it in 95 of 100
        cases. With two to five rounds the interval is from the least to the greatest, which is less sure; with
        one round it is that of its iterations.</li>
        <li><b>Counted on the other side.</b> Every way that stores or hands over events is asked there how many
        arrived: in the trace that is read back, in the file, in the queue, in the kernel's counter or sum.
        Where values arrive, each is checked. What was reported and did not arrive is <em>lost</em>; what
        arrived and was never sent ends the turn.</li>
        <li><b>Full speed.</b> Nobody pauses between events, and whoever can wait for room does. So a way costs
        what its slowest part costs on these processors. JFR cannot wait, and may leave events out.</li>
        <li><b>Time of a clock on the wall</b>, of the thread that reports. If the machine had other work, it is
        in the figures.</li>
        <li><b>The model of batches</b> has two numbers, T for a batch and c for an event, fitted to what T / N
        + c is in each turn after the bare loop is taken off. A turn counts by how far it is from the model in
        parts of what the model says. Its intervals hold if the model is right; where points leave the curve, it
        is not.</li>
        <li><b>Several threads.</b> The time of an event is what its own thread takes for it, whatever it waits for a
        processor included: the time of all threads by the events of all. It is never divided by the number of
        threads. The rate of all together stands in a plot of its own.</li>
        <li><b>Offered rate and single events</b> run in an open loop: when an event is due was fixed before the
        first one. The thread waits by looking at the clock, without sleeping. What is missing from a trace must
        be in its account, or the turn fails.</li>
        <li><b>Missing.</b> A way that this machine does not have is named with the reason, and so is one that
        failed.</li>
        </ul>
        <p>What each way includes and leaves out, and where Sluice loses: docs/benchmarking.md. All iterations
        of all turns are in results.json beside this page.</p>
        """;

    private Method() {
    }
}
