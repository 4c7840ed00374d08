/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
#ifndef SLUICE_PACKET_HEADER_H
#define SLUICE_PACKET_HEADER_H

/*
 * The header of one batch (packet): what sluice:drain passes by address, what BPF copies, what is stored and what CTF
 * reads. Little-endian, natural alignment. dev.sluice.ring.packet.PacketHeaderDescriptor is the same layout in Java;
 * the golden file packet-header.bin is tested against both. Fields are only appended; header_length tells a reader
 * what to skip.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------------------------------------------------------+
 *   |                             magic                             |   0
 *   |                           stream_id                           |   4
 *   |                           uuid (16)                           |   8
 *   |                      timestamp_begin (8)                      |  24
 *   |                       timestamp_end (8)                       |  32
 *   |                       content_size (8)                        |  40
 *   |                        packet_size (8)                        |  48
 *   |                      packet_seq_num (8)                       |  56
 *   |                     events_discarded (8)                      |  64
 *   |                      begin_position (8)                       |  72
 *   |                       events_before (8)                       |  80
 *   |                        overwritten (8)                        |  88
 *   |                          event_count                          |  96
 *   |                              tid                              | 100
 *   |                             ring                              | 104
 *   |             epoch             |         header_length         | 108
 *   |                      java_thread_id (8)                       | 112
 *   |                          generation                           | 120
 *   |                           reserved                            | 124
 *   +---------------------------------------------------------------+
 */
#include <linux/types.h>
#include <stddef.h>

#define SLUICE_PACKET_MAGIC 0xC1FC1FC1u
#define SLUICE_PACKET_HEADER_LENGTH 128
#define SLUICE_PACKET_MAX_CONTENT_LENGTH 65536

struct sluice_packet_header {
	__u32 magic;
	__u32 stream_id;
	__u8 uuid[16];
	__u64 timestamp_begin;	/* 64-bit ticks of the first event */
	__u64 timestamp_end;	/* 64-bit ticks of the last event */
	__u64 content_size;	/* bits, header included, up to the last byte of the last event */
	__u64 packet_size;	/* bits, header included, content padded to 8 bytes */
	__u64 packet_seq_num;	/* of this ring, from 1 */
	__u64 events_discarded; /* cumulative discarded and overwritten of this ring */
	__u64 begin_position;	/* ring position (bytes) of the first event */
	__u64 events_before;	/* events written to this ring before the first event here */
	__u64 overwritten;	/* cumulative, of this ring */
	__u32 event_count;
	__u32 tid;		/* kernel thread id as seen in the target */
	__u32 ring;		/* slot index */
	__u16 epoch;		/* of the session */
	__u16 header_length;	/* SLUICE_PACKET_HEADER_LENGTH */
	__u64 java_thread_id;
	__u32 generation;	/* how often the slot has been claimed */
	__u32 reserved;		/* 0 */
};

#define SLUICE_ASSERT_OFFSET(type, field, value) \
	_Static_assert(offsetof(struct type, field) == (value), #type "." #field " moved")

SLUICE_ASSERT_OFFSET(sluice_packet_header, magic, 0);
SLUICE_ASSERT_OFFSET(sluice_packet_header, stream_id, 4);
SLUICE_ASSERT_OFFSET(sluice_packet_header, uuid, 8);
SLUICE_ASSERT_OFFSET(sluice_packet_header, timestamp_begin, 24);
SLUICE_ASSERT_OFFSET(sluice_packet_header, timestamp_end, 32);
SLUICE_ASSERT_OFFSET(sluice_packet_header, content_size, 40);
SLUICE_ASSERT_OFFSET(sluice_packet_header, packet_size, 48);
SLUICE_ASSERT_OFFSET(sluice_packet_header, packet_seq_num, 56);
SLUICE_ASSERT_OFFSET(sluice_packet_header, events_discarded, 64);
SLUICE_ASSERT_OFFSET(sluice_packet_header, begin_position, 72);
SLUICE_ASSERT_OFFSET(sluice_packet_header, events_before, 80);
SLUICE_ASSERT_OFFSET(sluice_packet_header, overwritten, 88);
SLUICE_ASSERT_OFFSET(sluice_packet_header, event_count, 96);
SLUICE_ASSERT_OFFSET(sluice_packet_header, tid, 100);
SLUICE_ASSERT_OFFSET(sluice_packet_header, ring, 104);
SLUICE_ASSERT_OFFSET(sluice_packet_header, epoch, 108);
SLUICE_ASSERT_OFFSET(sluice_packet_header, header_length, 110);
SLUICE_ASSERT_OFFSET(sluice_packet_header, java_thread_id, 112);
SLUICE_ASSERT_OFFSET(sluice_packet_header, generation, 120);
SLUICE_ASSERT_OFFSET(sluice_packet_header, reserved, 124);
_Static_assert(sizeof(struct sluice_packet_header) == SLUICE_PACKET_HEADER_LENGTH, "packet header grew");

#endif
