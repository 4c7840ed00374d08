/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Compares the golden packet header with what C makes of the same values; with --write, writes it. The Java test of the
 * same name holds the same table.
 *
 *   usage: packet_header_check [--write] FILE
 */
#include "packet_header.h"

#include <stdio.h>
#include <string.h>

static struct sluice_packet_header golden(void)
{
	struct sluice_packet_header header = {
		.magic = SLUICE_PACKET_MAGIC,
		.stream_id = 0x01020304,
		.uuid = {0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf},
		.timestamp_begin = 0x1112131415161718,
		.timestamp_end = 0x2122232425262728,
		.content_size = 0x3132333435363738,
		.packet_size = 0x4142434445464748,
		.packet_seq_num = 0x5152535455565758,
		.events_discarded = 0x6162636465666768,
		.begin_position = 0x7172737475767778,
		.events_before = 0x0192939495969798,
		.overwritten = 0x02a2a3a4a5a6a7a8,
		.event_count = 0x11223344,
		.tid = 0x21324354,
		.ring = 0x31425364,
		.epoch = 0x4152,
		.header_length = SLUICE_PACKET_HEADER_LENGTH,
		.java_thread_id = 0x03b2b3b4b5b6b7b8,
		.generation = 0x51627384,
		.reserved = 0,
	};
	return header;
}

static int fail(const char *what)
{
	fprintf(stderr, "packet_header_check: %s\n", what);
	return 1;
}

int main(int argc, char **argv)
{
	struct sluice_packet_header expected = golden();
	int writes = argc == 3 && !strcmp(argv[1], "--write");
	unsigned char actual[sizeof(expected) + 1];
	FILE *file;
	size_t i;

	if (argc != 2 && !writes)
		return fail("usage: packet_header_check [--write] FILE");
	file = fopen(argv[argc - 1], writes ? "wb" : "rb");
	if (!file)
		return fail("the golden file cannot be opened");
	if (writes) {
		i = fwrite(&expected, 1, sizeof(expected), file);
		return fclose(file) || i != sizeof(expected) ? fail("the golden file cannot be written") : 0;
	}
	i = fread(actual, 1, sizeof(actual), file);
	fclose(file);
	if (i != sizeof(expected))
		return fail("the golden file is not 128 bytes long");
	for (i = 0; i < sizeof(expected); i++) {
		if (actual[i] != ((unsigned char *)&expected)[i]) {
			fprintf(stderr, "offset %zu: golden %02x, C %02x\n", i, actual[i],
				((unsigned char *)&expected)[i]);
			return 1;
		}
	}
	return 0;
}
