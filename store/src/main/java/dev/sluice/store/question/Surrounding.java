// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.question;

/**
 * An event around a slow one. Immutable.
 *
 * @param role           the role of the event
 * @param text           the event's line, as print writes it
 * @param json           the event's line, as print writes it in JSON
 * @param leftOutBefore  number of events of the slow one's thread that are left out before it
 * @param othersLeftOut  number of events of other threads that are left out before it
 */
public record Surrounding(Role role, String text, String json, long leftOutBefore, long othersLeftOut) {
    /** The role of an event around a slow one. */
    public enum Role {
        /** The event is the begin of the slow one. */
        BEGIN(">"),
        /** The event is the end of the slow one, or it is the event with the duration. */
        END(">"),
        /** The event is another one of the same thread. */
        SAME_THREAD("|"),
        /** The event is one of another thread. */
        OTHER(" ");

        private final String mark;

        Role(final String mark) {
            this.mark = mark;
        }

        /** The mark before the event's line. */
        String mark() {
            return mark;
        }
    }
}
