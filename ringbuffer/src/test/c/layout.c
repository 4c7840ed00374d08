/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* The shared-memory layouts as C sees them: prints "structure field offset" lines, to be equal to the golden file. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define LINE 128

struct sluice_control_file {
    uint64_t magic;
    uint32_t layout_version, header_length;
    uint64_t file_length;
    uint32_t pid, clock_kind;
    uint64_t start_time;
    uint8_t boot_id[16], target_id[16];
    uint64_t region_length;
    uint32_t slot_count, region_kind, region_fd, header_reserved;
    uint64_t drain_stub, drain_word, stale_after, region_address;
    uint8_t header_end[128];
    uint64_t session __attribute__((aligned(LINE)));
    uint64_t heartbeat __attribute__((aligned(LINE)));
    uint64_t credits_consumed __attribute__((aligned(LINE)));
    uint64_t refusals_accounted[15];
    uint64_t target_heartbeat __attribute__((aligned(LINE)));
    uint64_t active_epoch, credit_capacity, record_sizing;
    uint64_t credits_claimed __attribute__((aligned(LINE)));
    uint64_t command __attribute__((aligned(LINE)));
    uint64_t ack __attribute__((aligned(LINE)));
    uint32_t ack_result, ack_count, ack_message_length;
    uint8_t ack_message[512];
    uint8_t body[6144] __attribute__((aligned(2048)));
    struct sluice_consumer_words {
        uint64_t received, appending, accounted, pulled;
    } consumer_words[];
};

struct sluice_clock_triple {
    uint64_t version, ticks, monotonic, realtime, span;
};

struct sluice_ticker_state {
    uint64_t version, every, allowed, confirmed, late_count;
    struct sluice_late_interval {
        uint64_t begin, end;
    } late[16];
};

struct sluice_region {
    uint64_t magic;
    uint32_t layout_version, header_length;
    uint64_t file_length;
    uint32_t pid, clock_kind;
    uint64_t start_time;
    uint8_t boot_id[16], target_id[16];
    uint32_t slot_count, chunk_length;
    uint64_t slot_stride, ring_stride, schema_offset, schema_capacity;
    uint64_t counters_metadata_offset, counters_metadata_length, counters_values_offset, counters_values_length;
    uint64_t received_copy_offset, slots_offset, rings_offset, clock_frequency, memory_limit;
    uint64_t error_log_offset, error_log_length;
    struct sluice_clock_why {
        uint32_t length;
        uint8_t utf8[508];
    } clock_why;
    struct sluice_java_version {
        uint32_t length;
        uint8_t utf8[124];
    } java_version __attribute__((aligned(2048)));
    struct sluice_command_line {
        uint32_t length;
        uint8_t utf8[1916];
    } command_line;
    uint64_t schema_length __attribute__((aligned(4096)));
    uint64_t slot_limit __attribute__((aligned(LINE)));
    struct sluice_clock_triple first_triple __attribute__((aligned(LINE)));
    struct sluice_clock_triple last_triple __attribute__((aligned(LINE)));
    struct sluice_clock_triple before_triple __attribute__((aligned(LINE)));
    struct sluice_ticker_state ticker __attribute__((aligned(LINE)));
    uint8_t schema[1 << 20] __attribute__((aligned(8192)));
    uint8_t counters_metadata[32 << 10];
    uint8_t counters_values[8 << 10];
    uint64_t received_copy[];
};

struct sluice_error_log {
    uint64_t unrecorded;
    uint8_t records[(64 << 10) - LINE] __attribute__((aligned(LINE)));
};

struct sluice_packet_header {
    uint32_t magic, stream_id;
    uint8_t target_id[16];
    uint64_t timestamp_begin, timestamp_end, content_size, packet_size, sequence, events_discarded;
    uint64_t begin_position, events_before, overwritten;
    uint32_t event_count, tid, ring;
    uint16_t epoch, header_length;
    uint64_t java_thread_id;
    uint32_t generation, reserved;
};

struct sluice_journal {
    uint64_t sequence, begin_position, events_before;
    uint32_t padded_length, event_count;
};

struct sluice_chunk {
    uint64_t begin_position, base_ticks, events_before, content_end, last_ticks;
    uint32_t event_count, last_padding;
    uint64_t state, overwritten;
};

struct sluice_slot {
    uint64_t state;
    uint32_t tid, stream_class;
    uint64_t start_time, java_thread_id, ring_length, first_position;
    uint32_t name_length;
    uint8_t name[64];
    uint64_t chunk_limit, ring_address, first_cost;
    uint64_t tail __attribute__((aligned(256)));
    uint64_t discarded, overwritten, blocked_ns, overwriting, stalled;
    uint64_t head __attribute__((aligned(LINE)));
    uint64_t sequence, drained_events, traps, long_journal_from;
    uint64_t drain_lock __attribute__((aligned(LINE)));
    struct sluice_packet_header packet_header __attribute__((aligned(LINE)));
    struct sluice_journal journal[512] __attribute__((aligned(1024)));
    struct sluice_chunk chunks[512] __attribute__((aligned(4096)));
    struct sluice_journal long_journal[2048];
};

_Static_assert(sizeof(struct sluice_packet_header) == 128, "packet header");
_Static_assert(sizeof(struct sluice_journal) == 32, "journal entry");
_Static_assert(sizeof(struct sluice_chunk) == 64, "chunk descriptor");
_Static_assert(sizeof(struct sluice_clock_triple) == 40, "clock triple");
_Static_assert(sizeof(struct sluice_ticker_state) == 296, "ticker state");
_Static_assert(sizeof(struct sluice_slot) == 118784, "slot");

#define FIELD(label, type, field) printf(label "." #field " %zu\n", offsetof(struct type, field))
#define SIZE(label, name, size) printf(label "." name " %zu\n", (size_t)(size))

int main(void) {
    FIELD("ControlFile", sluice_control_file, magic);
    FIELD("ControlFile", sluice_control_file, layout_version);
    FIELD("ControlFile", sluice_control_file, header_length);
    FIELD("ControlFile", sluice_control_file, file_length);
    FIELD("ControlFile", sluice_control_file, pid);
    FIELD("ControlFile", sluice_control_file, clock_kind);
    FIELD("ControlFile", sluice_control_file, start_time);
    FIELD("ControlFile", sluice_control_file, boot_id);
    FIELD("ControlFile", sluice_control_file, target_id);
    FIELD("ControlFile", sluice_control_file, region_length);
    FIELD("ControlFile", sluice_control_file, slot_count);
    FIELD("ControlFile", sluice_control_file, region_kind);
    FIELD("ControlFile", sluice_control_file, region_fd);
    FIELD("ControlFile", sluice_control_file, header_reserved);
    FIELD("ControlFile", sluice_control_file, drain_stub);
    FIELD("ControlFile", sluice_control_file, drain_word);
    FIELD("ControlFile", sluice_control_file, stale_after);
    FIELD("ControlFile", sluice_control_file, region_address);
    SIZE("ControlFile", "header_length", offsetof(struct sluice_control_file, session));
    FIELD("ControlFile", sluice_control_file, session);
    FIELD("ControlFile", sluice_control_file, heartbeat);
    FIELD("ControlFile", sluice_control_file, credits_consumed);
    FIELD("ControlFile", sluice_control_file, refusals_accounted);
    FIELD("ControlFile", sluice_control_file, target_heartbeat);
    FIELD("ControlFile", sluice_control_file, active_epoch);
    FIELD("ControlFile", sluice_control_file, credit_capacity);
    FIELD("ControlFile", sluice_control_file, record_sizing);
    FIELD("ControlFile", sluice_control_file, credits_claimed);
    FIELD("ControlFile", sluice_control_file, command);
    FIELD("ControlFile", sluice_control_file, ack);
    FIELD("ControlFile", sluice_control_file, ack_result);
    FIELD("ControlFile", sluice_control_file, ack_count);
    FIELD("ControlFile", sluice_control_file, ack_message_length);
    FIELD("ControlFile", sluice_control_file, ack_message);
    FIELD("ControlFile", sluice_control_file, body);
    FIELD("ControlFile", sluice_control_file, consumer_words);
    FIELD("ConsumerWords", sluice_consumer_words, received);
    FIELD("ConsumerWords", sluice_consumer_words, appending);
    FIELD("ConsumerWords", sluice_consumer_words, accounted);
    FIELD("ConsumerWords", sluice_consumer_words, pulled);
    SIZE("ConsumerWords", "length", sizeof(struct sluice_consumer_words));
    FIELD("Region", sluice_region, magic);
    FIELD("Region", sluice_region, layout_version);
    FIELD("Region", sluice_region, header_length);
    FIELD("Region", sluice_region, file_length);
    FIELD("Region", sluice_region, pid);
    FIELD("Region", sluice_region, clock_kind);
    FIELD("Region", sluice_region, start_time);
    FIELD("Region", sluice_region, boot_id);
    FIELD("Region", sluice_region, target_id);
    FIELD("Region", sluice_region, slot_count);
    FIELD("Region", sluice_region, chunk_length);
    FIELD("Region", sluice_region, slot_stride);
    FIELD("Region", sluice_region, ring_stride);
    FIELD("Region", sluice_region, schema_offset);
    FIELD("Region", sluice_region, schema_capacity);
    FIELD("Region", sluice_region, counters_metadata_offset);
    FIELD("Region", sluice_region, counters_metadata_length);
    FIELD("Region", sluice_region, counters_values_offset);
    FIELD("Region", sluice_region, counters_values_length);
    FIELD("Region", sluice_region, received_copy_offset);
    FIELD("Region", sluice_region, slots_offset);
    FIELD("Region", sluice_region, rings_offset);
    FIELD("Region", sluice_region, clock_frequency);
    FIELD("Region", sluice_region, memory_limit);
    FIELD("Region", sluice_region, error_log_offset);
    FIELD("Region", sluice_region, error_log_length);
    FIELD("Region", sluice_region, clock_why);
    FIELD("Region", sluice_region, java_version);
    FIELD("Region", sluice_region, command_line);
    SIZE("Region", "header_length", offsetof(struct sluice_region, schema_length));
    FIELD("Region", sluice_region, schema_length);
    FIELD("Region", sluice_region, slot_limit);
    FIELD("Region", sluice_region, first_triple);
    FIELD("Region", sluice_region, last_triple);
    FIELD("Region", sluice_region, before_triple);
    FIELD("Region", sluice_region, ticker);
    FIELD("Region", sluice_region, schema);
    FIELD("Region", sluice_region, counters_metadata);
    FIELD("Region", sluice_region, counters_values);
    FIELD("Region", sluice_region, received_copy);
    FIELD("Slot", sluice_slot, state);
    FIELD("Slot", sluice_slot, tid);
    FIELD("Slot", sluice_slot, stream_class);
    FIELD("Slot", sluice_slot, start_time);
    FIELD("Slot", sluice_slot, java_thread_id);
    FIELD("Slot", sluice_slot, ring_length);
    FIELD("Slot", sluice_slot, first_position);
    FIELD("Slot", sluice_slot, name_length);
    FIELD("Slot", sluice_slot, name);
    FIELD("Slot", sluice_slot, chunk_limit);
    FIELD("Slot", sluice_slot, ring_address);
    FIELD("Slot", sluice_slot, first_cost);
    FIELD("Slot", sluice_slot, tail);
    FIELD("Slot", sluice_slot, discarded);
    FIELD("Slot", sluice_slot, overwritten);
    FIELD("Slot", sluice_slot, blocked_ns);
    FIELD("Slot", sluice_slot, overwriting);
    FIELD("Slot", sluice_slot, stalled);
    FIELD("Slot", sluice_slot, head);
    FIELD("Slot", sluice_slot, sequence);
    FIELD("Slot", sluice_slot, drained_events);
    FIELD("Slot", sluice_slot, traps);
    FIELD("Slot", sluice_slot, long_journal_from);
    FIELD("Slot", sluice_slot, drain_lock);
    FIELD("Slot", sluice_slot, packet_header);
    FIELD("Slot", sluice_slot, journal);
    FIELD("Slot", sluice_slot, chunks);
    FIELD("Slot", sluice_slot, long_journal);
    SIZE("Slot", "length", sizeof(struct sluice_slot));
    FIELD("Journal", sluice_journal, sequence);
    FIELD("Journal", sluice_journal, begin_position);
    FIELD("Journal", sluice_journal, events_before);
    FIELD("Journal", sluice_journal, padded_length);
    FIELD("Journal", sluice_journal, event_count);
    SIZE("Journal", "length", sizeof(struct sluice_journal));
    FIELD("Chunk", sluice_chunk, begin_position);
    FIELD("Chunk", sluice_chunk, base_ticks);
    FIELD("Chunk", sluice_chunk, events_before);
    FIELD("Chunk", sluice_chunk, content_end);
    FIELD("Chunk", sluice_chunk, last_ticks);
    FIELD("Chunk", sluice_chunk, event_count);
    FIELD("Chunk", sluice_chunk, last_padding);
    FIELD("Chunk", sluice_chunk, state);
    FIELD("Chunk", sluice_chunk, overwritten);
    SIZE("Chunk", "length", sizeof(struct sluice_chunk));
    FIELD("PacketHeader", sluice_packet_header, magic);
    FIELD("PacketHeader", sluice_packet_header, stream_id);
    FIELD("PacketHeader", sluice_packet_header, target_id);
    FIELD("PacketHeader", sluice_packet_header, timestamp_begin);
    FIELD("PacketHeader", sluice_packet_header, timestamp_end);
    FIELD("PacketHeader", sluice_packet_header, content_size);
    FIELD("PacketHeader", sluice_packet_header, packet_size);
    FIELD("PacketHeader", sluice_packet_header, sequence);
    FIELD("PacketHeader", sluice_packet_header, events_discarded);
    FIELD("PacketHeader", sluice_packet_header, begin_position);
    FIELD("PacketHeader", sluice_packet_header, events_before);
    FIELD("PacketHeader", sluice_packet_header, overwritten);
    FIELD("PacketHeader", sluice_packet_header, event_count);
    FIELD("PacketHeader", sluice_packet_header, tid);
    FIELD("PacketHeader", sluice_packet_header, ring);
    FIELD("PacketHeader", sluice_packet_header, epoch);
    FIELD("PacketHeader", sluice_packet_header, header_length);
    FIELD("PacketHeader", sluice_packet_header, java_thread_id);
    FIELD("PacketHeader", sluice_packet_header, generation);
    FIELD("PacketHeader", sluice_packet_header, reserved);
    SIZE("PacketHeader", "length", sizeof(struct sluice_packet_header));
    FIELD("ClockTriple", sluice_clock_triple, version);
    FIELD("ClockTriple", sluice_clock_triple, ticks);
    FIELD("ClockTriple", sluice_clock_triple, monotonic);
    FIELD("ClockTriple", sluice_clock_triple, realtime);
    FIELD("ClockTriple", sluice_clock_triple, span);
    SIZE("ClockTriple", "length", sizeof(struct sluice_clock_triple));
    FIELD("TickerState", sluice_ticker_state, version);
    FIELD("TickerState", sluice_ticker_state, every);
    FIELD("TickerState", sluice_ticker_state, allowed);
    FIELD("TickerState", sluice_ticker_state, confirmed);
    FIELD("TickerState", sluice_ticker_state, late_count);
    FIELD("TickerState", sluice_ticker_state, late);
    SIZE("TickerState", "length", sizeof(struct sluice_ticker_state));
    FIELD("ErrorLog", sluice_error_log, unrecorded);
    FIELD("ErrorLog", sluice_error_log, records);
    SIZE("ErrorLog", "length", sizeof(struct sluice_error_log));
    return 0;
}
