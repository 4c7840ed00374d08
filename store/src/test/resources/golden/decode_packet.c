// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
/*
 * Decodes the golden packet independently of the Java code: header layout, event headers with their 48-bit ticks, and
 * every field type, and prints it in the form of packet.txt. Compiled and run by WireFormatGoldenTest.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sluice_packet_header {
	uint32_t magic;
	uint32_t stream_id;
	uint8_t uuid[16];
	uint64_t timestamp_begin;
	uint64_t timestamp_end;
	uint64_t content_size;
	uint64_t packet_size;
	uint64_t packet_seq_num;
	uint64_t events_discarded;
	uint64_t begin_position;
	uint64_t events_before;
	uint64_t overwritten;
	uint32_t event_count;
	uint32_t tid;
	uint32_t ring;
	uint16_t epoch;
	uint16_t header_length;
	uint64_t java_thread_id;
	uint32_t generation;
	uint32_t reserved;
};

#define AT(field, offset) _Static_assert(offsetof(struct sluice_packet_header, field) == (offset), #field)
AT(magic, 0);
AT(stream_id, 4);
AT(uuid, 8);
AT(timestamp_begin, 24);
AT(timestamp_end, 32);
AT(content_size, 40);
AT(packet_size, 48);
AT(packet_seq_num, 56);
AT(events_discarded, 64);
AT(begin_position, 72);
AT(events_before, 80);
AT(overwritten, 88);
AT(event_count, 96);
AT(tid, 100);
AT(ring, 104);
AT(epoch, 108);
AT(header_length, 110);
AT(java_thread_id, 112);
AT(generation, 120);
AT(reserved, 124);
_Static_assert(sizeof(struct sluice_packet_header) == 128, "packet header");

enum { ALL_TYPES = 1, NO_FIELDS = 2, STREAM_CARRIER = 1 };

static const uint8_t *cursor;
static const uint8_t *end;

static uint64_t get(int bytes)
{
	uint64_t value = 0;

	if (end - cursor < bytes) {
		fprintf(stderr, "event goes beyond the content\n");
		exit(1);
	}
	for (int i = 0; i < bytes; i++)
		value |= (uint64_t)cursor[i] << 8 * i;
	cursor += bytes;
	return value;
}

static void print_bytes(const char *name)
{
	uint64_t length = get(2);

	printf(" %s=%" PRIu64 ":", name, length);
	for (uint64_t i = 0; i < length; i++)
		printf("%02x", (unsigned int)get(1));
}

static void print_all_types(void)
{
	printf(" int8=%" PRId8, (int8_t)get(1));
	printf(" int16=%" PRId16, (int16_t)get(2));
	printf(" int32=%" PRId32, (int32_t)get(4));
	printf(" int64=%" PRId64, (int64_t)get(8));
	printf(" uint8=%" PRIu64, get(1));
	printf(" uint16=%" PRIu64, get(2));
	printf(" uint32=%" PRIu64, get(4));
	printf(" uint64=%" PRIu64, get(8));
	printf(" float32=%08" PRIx64, get(4));
	printf(" float64=%016" PRIx64, get(8));
	printf(" bool=%" PRIu64, get(1));
	printf(" enum8=%" PRIu64, get(1));
	printf(" enum16=%" PRIu64, get(2));
	print_bytes("string");
	print_bytes("bytes");
}

static void print_header(const struct sluice_packet_header *header)
{
	printf("magic %08" PRIx32 " stream %" PRIu32 " uuid ", header->magic, header->stream_id);
	for (int i = 0; i < 16; i++)
		printf("%02x", header->uuid[i]);
	printf("\nticks %" PRIu64 " %" PRIu64 " content %" PRIu64 " packet %" PRIu64 "\n", header->timestamp_begin,
	       header->timestamp_end, header->content_size, header->packet_size);
	printf("sequence %" PRIu64 " discarded %" PRIu64 " position %" PRIu64 " before %" PRIu64 " overwritten %" PRIu64
	       "\n", header->packet_seq_num, header->events_discarded, header->begin_position, header->events_before,
	       header->overwritten);
	printf("events %" PRIu32 " tid %" PRIu32 " ring %" PRIu32 " epoch %" PRIu16 " header %" PRIu16
	       " thread %" PRIu64 " generation %" PRIu32 "\n", header->event_count, header->tid, header->ring,
	       header->epoch, header->header_length, header->java_thread_id, header->generation);
}

/* The Java test of this name prints the same. */
static int shouldDecodeEveryFieldTypeWhenPacketIsGolden(const uint8_t *packet, size_t length)
{
	struct sluice_packet_header header;
	const uint8_t *content;
	uint64_t ticks;

	memcpy(&header, packet, sizeof(header));
	print_header(&header);
	if (header.packet_size != length * 8 || header.content_size > header.packet_size)
		return 1;
	content = packet + header.header_length;
	end = packet + header.content_size / 8;
	ticks = header.timestamp_begin;
	cursor = content;
	for (uint32_t i = 0; i < header.event_count; i++) {
		uint64_t word;

		/* Events begin at multiples of eight bytes. */
		cursor = content + (((size_t)(cursor - content) + 7) & ~(size_t)7);
		word = get(8);
		ticks += ((word >> 16) - ticks) & ((UINT64_C(1) << 48) - 1);
		printf("event %" PRIu64 " at %" PRIu64, word & 0xFFFF, ticks);
		if (header.stream_id == STREAM_CARRIER)
			printf(" virtual %" PRIu64, get(8));
		if ((word & 0xFFFF) == ALL_TYPES)
			print_all_types();
		else if ((word & 0xFFFF) != NO_FIELDS)
			return 1;
		printf("\n");
	}
	return cursor == end && ticks == header.timestamp_end ? 0 : 1;
}

int main(int argc, char **argv)
{
	static uint8_t packet[65536 + 128];
	size_t length;
	FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;

	if (!file) {
		fprintf(stderr, "usage: decode_packet FILE\n");
		return 2;
	}
	length = fread(packet, 1, sizeof(packet), file);
	fclose(file);
	return length < sizeof(struct sluice_packet_header) ? 1
		: shouldDecodeEveryFieldTypeWhenPacketIsGolden(packet, length);
}
