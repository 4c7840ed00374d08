/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A target of Sluice written from docs/protocol.md and docs/layout.md alone, which lies. It makes both shared files, fires
 * events from two threads, drains them through its own probe or lets a consumer in shared or pull mode do that, and answers
 * commands. What it lies about, when and how follow from the two numbers it is started with.
 *
 *   usage: hostile_target SEED RUN FILE_DIRECTORY [honest]    "honest" lies about nothing
 *          hostile_target SEED RUN FILE_DIRECTORY moves       neither does this one; at each line of its input it goes
 *                                                             to other namespaces and another root, and says "moved"
 *          hostile_target words                               prints how many words there are
 *
 * It prints one line: ready PID REGION_FILE-or-"-" what it does. It ends when its input ends.
 *
 * Notes
 * [1] What it needs it keeps to itself: of the shared files it reads only what a consumer writes, and head in shared mode.
 *     So no lie can break the liar.
 * [2] The owner of a ring does everything to it, draining too; so the drain lock is only shown.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#define DRAIN_ARGUMENTS "8@%rdi 8@%rsi 8@%rdx"
#define SAID_ARGUMENTS "-8@%rdi 8@%rsi"
#else
#define DRAIN_ARGUMENTS "8@x0 8@x1 8@x2"
#define SAID_ARGUMENTS "-8@x0 8@x1"
#endif

#define PROBE(symbol, provider, name, arguments) \
	asm(".pushsection .probes,\"aw\",\"progbits\"\n" \
	    ".balign 4\n" \
	    ".globl " #symbol "_semaphore\n" #symbol "_semaphore: .long 0\n" \
	    ".popsection\n" \
	    ".pushsection .text\n" \
	    ".balign 16\n" \
	    ".globl " #symbol "\n" \
	    ".type " #symbol ", @function\n" #symbol ": nop\n" \
	    "ret\n" \
	    ".popsection\n" \
	    ".pushsection .note.stapsdt,\"\",\"note\"\n" \
	    ".balign 4\n" \
	    ".4byte 992f-991f, 994f-993f, 3\n" \
	    "991: .asciz \"stapsdt\"\n" \
	    "992: .balign 4\n" \
	    "993: .8byte " #symbol ", _.stapsdt.base, " #symbol "_semaphore\n" \
	    ".asciz \"" provider "\"\n.asciz \"" name "\"\n.asciz \"" arguments "\"\n" \
	    "994: .balign 4\n" \
	    ".popsection\n")

asm(".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"
    ".weak _.stapsdt.base\n"
    ".hidden _.stapsdt.base\n"
    "_.stapsdt.base: .space 1\n"
    ".size _.stapsdt.base, 1\n"
    ".popsection\n");
PROBE(drain_probe, "sluice", "drain", DRAIN_ARGUMENTS);
PROBE(said_probe, "hostile", "said", SAID_ARGUMENTS);

void drain_probe(uint64_t header, uint64_t content, uint64_t length);
void said_probe(int64_t id, const char *text);
extern volatile uint16_t drain_probe_semaphore;
extern volatile uint16_t said_probe_semaphore;

enum {
	SLOTS = 4,
	OWNERS = 2,
	CHUNK = 4096,
	CHUNKS = 4,
	RING = CHUNK * CHUNKS,
	STRIDE = 1 << 16,
	PAGE = 4096,
	SLOT_LENGTH = 118784,
	CONTROL_LENGTH = 8192 + PAGE,
	SCHEMA = 8192,
	METADATA = 1056768,
	VALUES = 1089536,
	RECEIVED_COPY = 1097728,
	SLOTS_OFFSET = 1114112,
	ERRORS = SLOTS_OFFSET + SLOTS * SLOT_LENGTH,
	HEAD_LENGTH = ERRORS + (1 << 16),
	HEADER = 128,
	BLOCKED_ATTEMPTS = 1000,
};
#define RINGS_OFFSET (1ULL << 30)
#define REGION_LENGTH (RINGS_OFFSET + SLOTS * (uint64_t)STRIDE)
#define VALUE_MASK ((1ULL << 48) - 1)

static char *control;
static char *region;
static char *rings;
static uint8_t target_id[16];
static char boot_id[64];
static uint64_t start_time;
static int region_fd;
static bool is_file;
static bool is_greedy;
static int64_t dies_after_us = -1;

static _Atomic uint32_t active_epoch;
static _Atomic bool is_shared_mode; /* or pull mode */
static _Atomic bool is_pull_mode;
static _Atomic uint64_t capacity;
static _Atomic int64_t claimed;

/* ---- words and lies ---- */

struct word {
	char name[40];
	volatile char *address; /* NULL: an argument of the drain probe */
	int width;
	bool is_fixed; /* nobody writes it again */
};

enum {
	MAX_WORDS = 1024,
	MAX_LIES = 8,
};
enum { ARGUMENT_HEADER, ARGUMENT_CONTENT, ARGUMENT_LENGTH, ARGUMENT_FLOOD, ARGUMENTS };

struct lie {
	const struct word *word;
	uint64_t truth;
	_Atomic uint64_t value;
};

enum mode { BEFORE, DURING, FLIP, FLICKER, MODES };
static const char *const mode_names[] = {"before", "during", "flip", "flicker"};

static struct word words[MAX_WORDS];
static int word_count;
static struct lie lies[MAX_LIES];
static int lie_count;
static enum mode mode;
static _Atomic bool is_lying;
static uint64_t random_state;
static char *trap_page;	  /* followed by a page that may not be touched */
static char *no_file_page; /* of a file that ends before it */

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9E3779B97F4A7C15ULL;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ULL;
	z = (z ^ z >> 27) * 0x94D049BB133111EBULL;
	return z ^ z >> 31;
}

static uint64_t below(uint64_t limit)
{
	return next_random(&random_state) % limit;
}

static uint64_t any_value(uint64_t *state)
{
	const uint64_t values[] = {0, 1, 2, 7, 8, -1ULL, -2ULL, -8ULL, INT64_MAX, INT64_MAX - 1, INT64_MAX & -4096LL,
		INT64_MIN, 1ULL << 31, (1ULL << 31) - 1, -(1ULL << 31), 1ULL << 32, (1ULL << 32) - 1, -(1ULL << 32),
		1ULL << 47, (1ULL << 48) - 1, 1ULL << 48, 1ULL << 62, (1ULL << 62) + 8, 0xFF, 0x7F, 0xFFFF, 0x8000,
		PAGE - 1, PAGE, PAGE + 1, RING - 1, RING, RING + 8, STRIDE - 1, STRIDE, STRIDE + 1, RINGS_OFFSET,
		REGION_LENGTH, REGION_LENGTH + 1, HEADER * 8, (uint64_t)getpid(), (uint64_t)region_fd,
		/* Tagged with the epoch of now: these pass for words of the session. */
		(uint64_t)active_epoch << 48, (uint64_t)active_epoch << 48 | 1, (uint64_t)active_epoch << 48 | VALUE_MASK,
		(uint64_t)active_epoch << 48 | VALUE_MASK / 2, (uint64_t)active_epoch, (uint64_t)active_epoch + 1,
		/* Addresses, for the arguments. */
		(uintptr_t)trap_page + PAGE - 8, (uintptr_t)trap_page + PAGE - HEADER, (uintptr_t)trap_page + PAGE,
		(uintptr_t)no_file_page, 0xFFFF888000000000ULL, 0xFFFFFFFFFF600000ULL, 0x800000000000ULL,
		0x7FFFFFFFF000ULL, (uintptr_t)&drain_probe, (uintptr_t)region + 1, (uintptr_t)control};
	uint64_t choice = next_random(state) % (sizeof(values) / sizeof(values[0]) + 12);
	uint64_t random = next_random(state);

	return choice < sizeof(values) / sizeof(values[0]) ? values[choice]
	     : choice & 1 ? random : random >> (random & 63);
}

static void put(volatile char *address, int width, uint64_t value)
{
	if (width == 8)
		__atomic_store_n((volatile uint64_t *)address, value, __ATOMIC_SEQ_CST);
	else if (width == 4)
		__atomic_store_n((volatile uint32_t *)address, (uint32_t)value, __ATOMIC_SEQ_CST);
	else
		__atomic_store_n((volatile uint16_t *)address, (uint16_t)value, __ATOMIC_SEQ_CST);
}

static uint64_t get(volatile char *address, int width)
{
	return width == 8 ? __atomic_load_n((volatile uint64_t *)address, __ATOMIC_SEQ_CST)
	     : width == 4 ? __atomic_load_n((volatile uint32_t *)address, __ATOMIC_SEQ_CST)
			  : __atomic_load_n((volatile uint16_t *)address, __ATOMIC_SEQ_CST);
}

static void assert_lies(void)
{
	for (int i = 0; is_lying && i < lie_count; i++)
		if (lies[i].word->address)
			put(lies[i].word->address, lies[i].word->width, lies[i].value);
}

static bool lies_about(int argument, uint64_t *value)
{
	for (int i = 0; is_lying && i < lie_count; i++) {
		if (lies[i].word == &words[argument]) {
			*value = lies[i].value;
			return true;
		}
	}
	return false;
}

/* ---- the table of words, as docs/layout.md has them ---- */

struct field {
	const char *name;
	int offset;
	int width;
};

static void add(const char *prefix, const char *name, char *address, int width, bool is_fixed)
{
	struct word *word = &words[word_count++];

	if (word_count == MAX_WORDS)
		abort();
	snprintf(word->name, sizeof(word->name), "%s%s", prefix, name);
	word->address = address;
	word->width = width;
	word->is_fixed = is_fixed;
}

static void add_all(const char *prefix, char *base, const struct field *fields, bool is_fixed)
{
	for (; fields->name; fields++)
		add(prefix, fields->name, base + fields->offset, fields->width, is_fixed);
}

static void add_run(const char *prefix, char *base, int count, int width, bool is_fixed)
{
	char name[24];

	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "+%d", i * width);
		add(prefix, name, base + i * width, width, is_fixed);
	}
}

static const struct field control_header[] = {{"magic", 0, 8}, {"version", 8, 4}, {"header-length", 12, 4},
	{"file-length", 16, 8}, {"pid", 24, 4}, {"clock", 28, 4}, {"start-time", 32, 8}, {"boot-id", 40, 8},
	{"boot-id2", 48, 8}, {"target-id", 56, 8}, {"target-id2", 64, 8}, {"region-length", 72, 8}, {"slots", 80, 4},
	{"region-kind", 84, 4}, {"region-fd", 88, 4}, {"reserved", 92, 4}, {"drain-stub", 96, 8}, {"drain-word", 104, 8},
	{"stale-after", 112, 8}, {"region-address", 120, 8}, {NULL, 0, 0}};
static const struct field control_words[] = {{"session", 256, 8}, {"heartbeat", 384, 8}, {"consumed", 512, 8},
	{"refusals1", 520, 8}, {"refusals2", 528, 8}, {"refusals5", 552, 8}, {"target-heartbeat", 640, 8},
	{"active-epoch", 648, 8}, {"capacity", 656, 8}, {"sizing", 664, 8}, {"claimed", 768, 8}, {"command", 896, 8},
	{"ack", 1024, 8}, {"ack-result", 1032, 4}, {"ack-count", 1036, 4}, {"ack-length", 1040, 4},
	{"ack-message", 1044, 4}, {"body-crc", 2048, 4}, {"body-length", 2052, 4}, {"body-epoch", 2056, 2},
	{"body-kind", 2058, 2}, {"body-number", 2060, 4}, {"received0", 8192, 8}, {"appending0", 8200, 8},
	{"accounted0", 8208, 8}, {"pulled0", 8216, 8}, {"received1", 8224, 8}, {"appending1", 8232, 8},
	{"accounted1", 8240, 8}, {"pulled1", 8248, 8}, {"received3", 8288, 8}, {"appending3", 8296, 8},
	{"accounted3", 8304, 8}, {"pulled3", 8312, 8}, {NULL, 0, 0}};
static const struct field region_header[] = {{"magic", 0, 8}, {"version", 8, 4}, {"header-length", 12, 4},
	{"file-length", 16, 8}, {"pid", 24, 4}, {"clock", 28, 4}, {"start-time", 32, 8}, {"boot-id", 40, 8},
	{"boot-id2", 48, 8}, {"target-id", 56, 8}, {"target-id2", 64, 8}, {"slots", 72, 4}, {"chunk-length", 76, 4},
	{"slot-stride", 80, 8}, {"ring-stride", 88, 8}, {"schema-offset", 96, 8}, {"schema-capacity", 104, 8},
	{"metadata-offset", 112, 8}, {"metadata-length", 120, 8}, {"values-offset", 128, 8}, {"values-length", 136, 8},
	{"received-offset", 144, 8}, {"slots-offset", 152, 8}, {"rings-offset", 160, 8}, {"frequency", 168, 8},
	{"memory-limit", 176, 8}, {"error-offset", 184, 8}, {"error-length", 192, 8}, {"java-length", 2048, 4},
	{"java", 2052, 4}, {"command-length", 2176, 4}, {"command", 2180, 4}, {"schema-length", 4096, 8},
	{"slot-limit", 4224, 8}, {"first-version", 4352, 8}, {"first-ticks", 4360, 8}, {"first-monotonic", 4368, 8},
	{"first-realtime", 4376, 8}, {"last-version", 4480, 8}, {"last-ticks", 4488, 8}, {"last-monotonic", 4496, 8},
	{"last-realtime", 4504, 8}, {NULL, 0, 0}};
static const struct field counters[] = {{"state", METADATA, 4}, {"type", METADATA + 4, 4}, {"reuse", METADATA + 8, 8},
	{"label-length", METADATA + 128, 4}, {"label", METADATA + 132, 4}, {"state1", METADATA + 512, 4},
	{"type1", METADATA + 516, 4}, {"value", VALUES, 8}, {"value1", VALUES + 128, 8}, {"received-copy", RECEIVED_COPY, 8},
	{"received-copy1", RECEIVED_COPY + 8, 8}, {NULL, 0, 0}};
static const struct field error_log[] = {{"unrecorded", 0, 8}, {"length", 128, 4}, {"count", 132, 4}, {"last", 136, 8},
	{"first", 144, 8}, {"text", 152, 4}, {"length1", 192, 4}, {"count1", 196, 4}, {NULL, 0, 0}};
static const struct field slot_words[] = {{"state", 0, 8}, {"tid", 8, 4}, {"class", 12, 4}, {"start-time", 16, 8},
	{"java-thread", 24, 8}, {"ring-length", 32, 8}, {"first-position", 40, 8}, {"name-length", 48, 4}, {"name", 52, 4},
	{"chunk-limit", 120, 8}, {"ring-address", 128, 8}, {"tail", 256, 8}, {"discarded", 264, 8}, {"overwritten", 272, 8}, {"blocked", 280, 8},
	{"overwriting", 288, 8}, {"stalled", 296, 8}, {"head", 384, 8}, {"sequence", 392, 8}, {"drained", 400, 8},
	{"traps", 408, 8}, {"long-journal", 416, 8}, {"lock", 512, 8}, {NULL, 0, 0}};
static const struct field packet_header[] = {{"magic", 0, 4}, {"stream", 4, 4}, {"target-id", 8, 8}, {"target-id2", 16, 8},
	{"begin-ticks", 24, 8}, {"end-ticks", 32, 8}, {"content", 40, 8}, {"size", 48, 8}, {"sequence", 56, 8},
	{"discarded", 64, 8}, {"position", 72, 8}, {"before", 80, 8}, {"overwritten", 88, 8}, {"count", 96, 4},
	{"tid", 100, 4}, {"ring", 104, 4}, {"epoch", 108, 2}, {"length", 110, 2}, {"java-thread", 112, 8},
	{"generation", 120, 4}, {"reserved", 124, 4}, {NULL, 0, 0}};
static const struct field journal_entry[] = {{"sequence", 0, 8}, {"position", 8, 8}, {"before", 16, 8}, {"length", 24, 4},
	{"count", 28, 4}, {NULL, 0, 0}};
static const struct field chunk_words[] = {{"begin", 0, 8}, {"base", 8, 8}, {"before", 16, 8}, {"end", 24, 8},
	{"last", 32, 8}, {"count", 40, 4}, {"padding", 44, 4}, {"state", 48, 8}, {"overwritten", 56, 8}, {NULL, 0, 0}};

static char *slot_of(int index)
{
	return region + SLOTS_OFFSET + index * SLOT_LENGTH;
}

static void make_words(void)
{
	char prefix[24];

	add("probe.", "header", NULL, 8, false);
	add("probe.", "content", NULL, 8, false);
	add("probe.", "length", NULL, 8, false);
	add("probe.", "flood", NULL, 8, false);
	add_all("control.", control, control_header, true);
	add_all("control.", control, control_words, false);
	add_all("region.", region, region_header, true);
	add_run("schema.", region + SCHEMA, 40, 2, true);
	add_all("counters.", region, counters, true);
	add_all("errors.", region + ERRORS, error_log, true);
	add_all("slot0.", slot_of(0), slot_words, false);
	add_all("slot2.", slot_of(2), slot_words, true);
	add_all("header0.", slot_of(0) + 640, packet_header, false);
	for (int i = 0; i < 4; i++) {
		snprintf(prefix, sizeof(prefix), "chunk%d.", i);
		add_all(prefix, slot_of(0) + 20480 + i * 64, chunk_words, false);
		snprintf(prefix, sizeof(prefix), "journal%d.", i);
		add_all(prefix, slot_of(0) + 1024 + i * 32, journal_entry, false);
	}
	add_run("event.", rings, 8, 4, false);
	add_run("event-in-chunk2.", rings + 2 * CHUNK, 12, 2, false);
}

/* ---- the files ---- */

static void text(char *address, const char *text)
{
	*(uint32_t *)address = strlen(text);
	memcpy(address + 4, text, strlen(text));
}

static uint64_t now_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * 1000000000u + time.tv_nsec;
}

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static char *map_shared(int fd, uint64_t offset, uint64_t length)
{
	char *address = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);

	if (address == MAP_FAILED)
		die("mmap");
	return address;
}

static int make_memfd(const char *name, uint64_t length)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, (off_t)length) || fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW))
		die(name);
	return fd;
}

/* The sixteen bytes of a UUID's text. */
static void parse_id(const char *text, uint8_t *id)
{
	int digits = 0;

	memset(id, 0, 16);
	for (; *text && digits < 32; text++) {
		const char *digit = strchr("0123456789abcdef", *text);

		if (digit && *digit) {
			id[digits / 2] |= (digit - "0123456789abcdef") << (digits % 2 ? 0 : 4);
			digits++;
		}
	}
}

static void read_self(void)
{
	char stat[1024] = {0};
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	char *field;

	if (fd < 0 || read(fd, boot_id, sizeof(boot_id) - 1) <= 0)
		die("boot_id");
	close(fd);
	fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, stat, sizeof(stat) - 1) <= 0)
		die("stat");
	close(fd);
	field = strrchr(stat, ')') + 1;
	for (int i = 2; i < 22; i++)
		field = strchr(field, ' ') + 1;
	start_time = strtoull(field, NULL, 10);
}

static void put_common(char *header, uint64_t length)
{
	*(uint32_t *)(header + 8) = 5;
	*(uint64_t *)(header + 16) = length;
	*(uint32_t *)(header + 24) = getpid();
	*(uint32_t *)(header + 28) = 1;
	*(uint64_t *)(header + 32) = start_time;
	parse_id(boot_id, (uint8_t *)header + 40);
	memcpy(header + 56, target_id, 16);
}

static char *put_name(char *at, const char *name)
{
	*(uint16_t *)at = strlen(name);
	memcpy(at + 2, name, strlen(name));
	return at + 2 + strlen(name);
}

static uint64_t put_schema(char *log)
{
	char *at = log + 8;
	uint64_t length;

	at = put_name(put_name(at, "hostile"), "said");
	*(uint16_t *)at = 2;
	at[2] = 4;
	at = put_name(at + 4, "id");
	at[0] = 14;
	at = put_name(at + 2, "text");
	length = (at - log + 7) & ~7ULL;
	*(uint32_t *)log = length;
	*(uint16_t *)(log + 4) = 1;
	*(uint16_t *)(log + 6) = 1;
	log += length;
	*(uint32_t *)log = 16;
	*(uint16_t *)(log + 4) = 2;
	*(uint16_t *)(log + 6) = 1;
	*(uint64_t *)(log + 8) = (uintptr_t)&said_probe;
	return length + 16;
}

static void put_triple(char *at)
{
	*(uint64_t *)at = 2;
	*(uint64_t *)(at + 8) = now_ns(CLOCK_MONOTONIC);
	*(uint64_t *)(at + 16) = *(uint64_t *)(at + 8);
	*(uint64_t *)(at + 24) = now_ns(CLOCK_REALTIME);
}

static void put_errors_and_counters(void)
{
	static const char error[] = "no error at all";

	text(region + METADATA + 128, "no free slot");
	*(int32_t *)(region + METADATA + 4) = 1;
	*(int32_t *)(region + METADATA) = 1;
	*(int64_t *)(region + ERRORS + 136) = now_ns(CLOCK_REALTIME) / 1000000;
	*(int64_t *)(region + ERRORS + 144) = now_ns(CLOCK_REALTIME) / 1000000;
	*(int32_t *)(region + ERRORS + 132) = 1;
	memcpy(region + ERRORS + 152, error, sizeof(error) - 1);
	*(int32_t *)(region + ERRORS + 128) = 24 + sizeof(error) - 1;
}

static void make_region(void)
{
	static const struct {
		int offset;
		uint64_t value;
	} fields[] = {{80, SLOT_LENGTH}, {88, STRIDE}, {96, SCHEMA}, {104, 1 << 20}, {112, METADATA}, {120, 32768},
		      {128, VALUES}, {136, 8192}, {144, RECEIVED_COPY}, {152, SLOTS_OFFSET}, {160, RINGS_OFFSET},
		      {168, 1000000000}, {176, 1 << 20}, {184, ERRORS}, {192, 1 << 16}};

	region = map_shared(region_fd, 0, HEAD_LENGTH);
	rings = map_shared(region_fd, RINGS_OFFSET, SLOTS * STRIDE);
	put_common(region, REGION_LENGTH);
	*(uint32_t *)(region + 12) = 4096;
	*(uint32_t *)(region + 72) = SLOTS;
	*(uint32_t *)(region + 76) = CHUNK;
	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		*(uint64_t *)(region + fields[i].offset) = fields[i].value;
	text(region + 2048, "none");
	text(region + 2176, "hostile_target");
	put_triple(region + 4352);
	put_errors_and_counters();
	*(uint64_t *)(region + 4096) = put_schema(region + SCHEMA);
	*(uint64_t *)(region + 4224) = OWNERS;
	put(region, 8, 0x4752454349554C53ULL);
}

static void make_control(int fd)
{
	control = map_shared(fd, 0, CONTROL_LENGTH);
	put_common(control, CONTROL_LENGTH);
	*(uint32_t *)(control + 12) = 256;
	*(uint64_t *)(control + 72) = REGION_LENGTH;
	*(uint32_t *)(control + 80) = SLOTS;
	*(uint32_t *)(control + 84) = is_file ? 2 : 1;
	*(uint32_t *)(control + 88) = region_fd;
	*(uint64_t *)(control + 96) = (uintptr_t)&drain_probe;
	*(uint64_t *)(control + 104) = (uintptr_t)&drain_probe_semaphore;
	*(uint64_t *)(control + 120) = (uintptr_t)region;
}

static int make_region_file(const char *directory, char *path)
{
	int fd;

	sprintf(path, "%.3000s/region-%d-%llu-0", directory, getpid(), (unsigned long long)start_time);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)REGION_LENGTH))
		die(path);
	return fd;
}

/* ---- owners: firing and draining ---- */

struct chunk_note {
	uint64_t begin;
	uint64_t base;
	uint64_t before;
	uint64_t last_ticks;
	uint64_t end; /* after the last event, padded */
	uint32_t count;
	uint32_t padding;
	bool is_open;
};

struct owner {
	int index;
	char *slot;
	char *ring;
	uint64_t tail;
	uint64_t head;
	uint64_t events;
	uint64_t drained;
	uint64_t sequence;
	uint64_t discarded;
	uint64_t traps;
	uint32_t adopted;
	_Atomic uint32_t adopt_wanted;
	_Atomic uint32_t flush_wanted;
	_Atomic uint32_t flush_done;
	struct chunk_note notes[CHUNKS];
};

static struct owner owners[OWNERS];

static struct chunk_note *note_of(struct owner *owner, uint64_t position)
{
	return &owner->notes[(position & (RING - 1)) / CHUNK];
}

static char *descriptor_of(struct owner *owner, uint64_t position)
{
	return owner->slot + 20480 + (position & (RING - 1)) / CHUNK * 64;
}

static uint64_t state_word(uint64_t begin, uint64_t epoch, uint64_t state)
{
	return begin >> 3 << 16 | (epoch & 0xFFF) << 4 | state;
}

static uint64_t chunk_end(uint64_t position)
{
	return (position + CHUNK - 1) & -(uint64_t)CHUNK;
}

/* A word says how far a consumer has come that drains by itself; nonsense is as if nothing was drained. */
static void carry(struct owner *owner, char *word)
{
	uint64_t position = (get(word, 8) & VALUE_MASK) << 3;

	if (position >= owner->head && position <= chunk_end(owner->tail))
		owner->head = position;
}

/* The consumer moves head, or in pull mode a word of its own. */
static uint64_t head_of(struct owner *owner)
{
	if (is_shared_mode && active_epoch) {
		carry(owner, is_pull_mode ? control + 8192 + owner->index * 32 + 24 : owner->slot + 384);
		if (is_pull_mode)
			put(owner->slot + 384, 8, (uint64_t)active_epoch << 48 | owner->head >> 3);
	}
	return owner->head;
}

static bool enter_chunk(struct owner *owner, uint64_t begin, uint64_t ticks)
{
	struct chunk_note *note = note_of(owner, begin);
	char *descriptor = descriptor_of(owner, begin);

	if (begin + CHUNK - head_of(owner) > RING)
		return false;
	*note = (struct chunk_note){.begin = begin, .base = ticks, .before = owner->events, .end = begin, .is_open = true};
	put(descriptor, 8, -1ULL);
	put(descriptor + 8, 8, ticks);
	put(descriptor + 16, 8, owner->events);
	put(descriptor + 24, 8, 0);
	put(descriptor + 48, 8, state_word(begin, 0, 0));
	put(descriptor, 8, begin);
	return true;
}

static void close_chunk(struct owner *owner, struct chunk_note *note)
{
	char *descriptor = descriptor_of(owner, note->begin);
	uint64_t state = get(descriptor + 48, 8);

	note->is_open = false;
	put(descriptor + 40, 4, note->count);
	put(descriptor + 32, 8, note->last_ticks);
	put(descriptor + 44, 4, note->padding);
	put(descriptor + 24, 8, note->end);
	/* A drainer that reads the open chunk goes on to read the closed one. */
	if ((state & 15) != 5 ||
	    !__atomic_compare_exchange_n((uint64_t *)(descriptor + 48), &state, (state & ~15ULL) | 2, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		put(descriptor + 48, 8, state_word(note->begin, 0, 1));
}

static bool claim(struct owner *owner, uint64_t length)
{
	uint64_t consumed = get(control + 512, 8);
	uint64_t received = get(control + 8192 + owner->index * 32, 8);
	int64_t used = claimed - (int64_t)((consumed & VALUE_MASK) << 3);

	if (is_greedy)
		return true;
	if (consumed >> 48 != active_epoch || owner->sequence + 1 - (received & VALUE_MASK) >= 512 ||
	    (used > 0 ? (uint64_t)used : 0) + length > capacity)
		return false;
	claimed += (int64_t)length;
	put(control + 768, 8, (uint64_t)active_epoch << 48 | ((uint64_t)claimed >> 3 & VALUE_MASK));
	return true;
}

static void put_header(struct owner *owner, const struct chunk_note *note, uint64_t first_ticks, uint64_t length,
		       uint32_t count)
{
	char *header = owner->slot + 640;

	put(header, 4, 0xC1FC1FC1);
	put(header + 4, 4, 0);
	memcpy(header + 8, target_id, 16);
	put(header + 24, 8, first_ticks);
	put(header + 32, 8, note->last_ticks);
	put(header + 40, 8, (HEADER + length - note->padding) * 8);
	put(header + 48, 8, (HEADER + length) * 8);
	put(header + 56, 8, owner->sequence + 1);
	put(header + 64, 8, owner->discarded);
	put(header + 72, 8, owner->head);
	put(header + 80, 8, owner->drained);
	put(header + 88, 8, 0);
	put(header + 96, 4, count);
	put(header + 100, 4, get(owner->slot + 8, 4));
	put(header + 104, 4, owner->index);
	put(header + 108, 2, active_epoch);
	put(header + 110, 2, HEADER);
	put(header + 112, 8, owner->index + 1);
	put(header + 120, 4, 1);
	put(header + 124, 4, 0);
}

/* Headers that are wrong in any of their fields, as fast as traps can be. */
static void flood(struct owner *owner, uint64_t content, uint64_t length, uint64_t seed)
{
	static _Thread_local char copies[2 * HEADER] __attribute__((aligned(8)));

	for (int i = 0; i < 200; i++) {
		const struct field *field = &packet_header[next_random(&seed) % (sizeof(packet_header) / sizeof(packet_header[0]) - 1)];

		memcpy(copies, owner->slot + 640, HEADER);
		put(copies + 56, 8, owner->sequence + next_random(&seed) % 600);
		put(copies + field->offset, field->width, any_value(&seed));
		drain_probe((uintptr_t)copies, content, next_random(&seed) % 8 ? length : any_value(&seed) & 0xFFFF8);
	}
}

static void trap(struct owner *owner, const char *content, uint64_t length)
{
	uint64_t arguments[ARGUMENTS - 1] = {(uintptr_t)owner->slot + 640, (uintptr_t)content, length};
	uint64_t seed;

	assert_lies();
	for (int i = 0; i < ARGUMENT_FLOOD; i++)
		lies_about(i, &arguments[i]);
	drain_probe(arguments[0], arguments[1], arguments[2]);
	owner->traps++;
	if (lies_about(ARGUMENT_FLOOD, &seed))
		flood(owner, (uintptr_t)content, length, seed ^ owner->traps);
}

static void move_head(struct owner *owner, uint64_t head)
{
	owner->head = head;
	put(owner->slot + 384, 8, (uint64_t)active_epoch << 48 | head >> 3);
}

/* Drains the run of events at head, which lies in one chunk; whether there was one and room for it. */
static bool drain_run(struct owner *owner)
{
	struct chunk_note *note = note_of(owner, owner->head);
	char *content = owner->ring + (owner->head & (RING - 1));
	uint64_t length = note->end - owner->head;
	uint32_t count = note->before + note->count - owner->drained;
	uint64_t first_ticks;
	char *entry;

	if (owner->head >= owner->tail || !drain_probe_semaphore || length > CHUNK)
		return false;
	if (count == 0 && !note->is_open) {
		move_head(owner, note->begin + CHUNK);
		return true;
	}
	if (count == 0 || !claim(owner, 8 + HEADER + length))
		return false;
	put(owner->slot + 512, 8, get(owner->slot + 8, 4));
	first_ticks = owner->head == note->begin ? note->base
		    : note->base + (((*(uint64_t *)content >> 16) - note->base) & VALUE_MASK);
	entry = owner->slot + 1024 + ((owner->sequence + 1) & 511) * 32;
	put(entry + 8, 8, owner->head);
	put(entry + 16, 8, owner->drained);
	put(entry + 24, 4, length);
	put(entry + 28, 4, count);
	put(entry, 8, owner->sequence + 1);
	put_header(owner, note, first_ticks, length, count);
	trap(owner, content, length);
	owner->drained += count;
	owner->sequence++;
	put(owner->slot + 392, 8, owner->sequence);
	put(owner->slot + 400, 8, owner->drained);
	put(owner->slot + 408, 8, owner->traps);
	/* The rest of a closed chunk is nobody's; but head never runs ahead of tail. */
	move_head(owner, owner->tail > note->end ? note->begin + CHUNK : note->end);
	put(owner->slot + 512, 8, 0);
	return true;
}

static void drain(struct owner *owner)
{
	while (!is_shared_mode && active_epoch && drain_run(owner))
		;
}

/* Events of a chunk before a position in it; the ring's own bytes may have been lied about, so with bounds. */
static uint32_t events_until(struct owner *owner, const struct chunk_note *note, uint64_t position)
{
	uint32_t events = 0;

	for (uint64_t at = note->begin; at < position && events < note->count; events++) {
		uint16_t length = *(uint16_t *)(owner->ring + (at & (RING - 1)) + 16);

		at += (18 + length + 7) & ~7u;
	}
	return events;
}

/* Step 6 of a session's begin. */
static void adopt(struct owner *owner, uint32_t epoch)
{
	uint64_t received = get(control + 8192 + owner->index * 32, 8) & VALUE_MASK;
	struct chunk_note *note;

	carry(owner, owner->slot + 384);
	carry(owner, control + 8192 + owner->index * 32 + 24);
	note = note_of(owner, owner->head);
	owner->drained = owner->head >= owner->tail || note->begin != (owner->head & -(uint64_t)CHUNK)
		? owner->events : note->before + events_until(owner, note, owner->head);
	if (received < 1ULL << 40 && received > owner->sequence)
		owner->sequence = received;
	put(owner->slot + 384, 8, (uint64_t)epoch << 48 | owner->head >> 3);
	put(owner->slot + 392, 8, owner->sequence);
	put(owner->slot + 400, 8, owner->drained);
	owner->adopted = epoch;
}

static void fire(struct owner *owner)
{
	static const char said[] = "I always tell the truth.";
	uint16_t length = owner->events * 7 % sizeof(said);
	uint64_t size = (18 + length + 7) & ~7u;
	uint64_t ticks = now_ns(CLOCK_MONOTONIC);
	struct chunk_note *note = note_of(owner, owner->tail ? owner->tail - 1 : 0);
	char *at;

	if (said_probe_semaphore)
		said_probe((int64_t)owner->events, said);
	if (note->is_open && note->end + size > note->begin + CHUNK)
		close_chunk(owner, note);
	if (!note->is_open) {
		uint64_t begin = chunk_end(owner->tail);

		if (!enter_chunk(owner, begin, ticks)) {
			drain(owner);
			put(owner->slot + 264, 8, ++owner->discarded);
			return;
		}
		note = note_of(owner, begin);
	}
	at = owner->ring + (note->end & (RING - 1));
	*(uint64_t *)at = ticks << 16 | 1;
	*(uint64_t *)(at + 8) = owner->events;
	*(uint16_t *)(at + 16) = length;
	memcpy(at + 18, said, length);
	note->end += size;
	note->count++;
	note->padding = size - 18 - length;
	note->last_ticks = ticks;
	owner->events++;
	owner->tail = note->end;
	put(owner->slot + 256, 8, owner->tail);
	if (owner->head < note->begin)
		drain(owner);
}

static void pause_us(long us)
{
	nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
}

static void *own(void *argument)
{
	struct owner *owner = argument;
	char *slot = owner->slot;

	put(slot + 8, 4, (uint32_t)syscall(SYS_gettid));
	put(slot + 16, 8, start_time);
	put(slot + 24, 8, owner->index + 1);
	put(slot + 32, 8, RING);
	put(slot + 128, 8, (uintptr_t)owner->ring);
	text(slot + 48, owner->index ? "second" : "first");
	put(slot, 8, 1ULL << 32 | 2);
	for (;;) {
		uint32_t wanted = owner->adopt_wanted;
		uint32_t flush = owner->flush_wanted;

		if (wanted != owner->adopted)
			adopt(owner, wanted);
		for (int i = 0; active_epoch && i < 16; i++)
			fire(owner);
		if (flush != owner->flush_done) {
			drain(owner);
			owner->flush_done = flush;
		}
		pause_us(100);
	}
	return NULL;
}

/* ---- control thread ---- */

static void flush_all(void)
{
	for (int i = 0; i < OWNERS; i++)
		owners[i].flush_wanted++;
	for (int i = 0; i < OWNERS; i++)
		for (int j = 0; j < BLOCKED_ATTEMPTS && owners[i].flush_done != owners[i].flush_wanted; j++)
			pause_us(100);
}

static void enable(uint32_t epoch)
{
	uint32_t source = get(control + 2064, 2) % 256;

	capacity = get(control + 2072, 8);
	claimed = 0;
	put(control + 656, 8, capacity);
	put(control + 768, 8, (uint64_t)epoch << 48);
	for (int i = 0; i < OWNERS; i++)
		owners[i].adopt_wanted = epoch;
	for (int i = 0; i < OWNERS; i++)
		for (int j = 0; j < BLOCKED_ATTEMPTS && owners[i].adopted != epoch; j++)
			pause_us(100);
	is_pull_mode = source == 3;
	is_shared_mode = source == 2 || is_pull_mode;
	put(control + 648, 8, epoch);
	active_epoch = epoch;
}

static void disable(void)
{
	if (is_shared_mode)
		active_epoch = 0;
	flush_all();
	active_epoch = 0;
	put(control + 648, 8, 0);
	/* An owner in the middle of a batch of events is done when it has looked for a flush once more. */
	flush_all();
}

static void answer(uint64_t command)
{
	uint32_t kind = command >> 32 & 0xFFFF;

	if (kind == 1)
		enable(command >> 48);
	else if (kind == 2)
		disable();
	else
		flush_all();
	put(control + 1032, 4, 0);
	put(control + 1036, 4, 1);
	put(control + 1040, 4, 0);
	put(control + 1024, 8, command);
	assert_lies();
}

static void *control_loop(void *unused)
{
	uint64_t answered = 0;
	int64_t died_ns = -1;

	for (;;) {
		uint64_t command = get(control + 896, 8);
		uint64_t session = get(control + 256, 8);

		put(control + 640, 8, now_ns(CLOCK_MONOTONIC));
		put_triple(region + 4480);
		if (active_epoch && session >> 48 != active_epoch) {
			active_epoch = 0;
			put(control + 648, 8, 0);
		}
		if (command && command != answered && command >> 48 == session >> 48) {
			answer(command);
			answered = command;
		}
		if (dies_after_us >= 0 && active_epoch) {
			if (died_ns < 0)
				died_ns = (int64_t)now_ns(CLOCK_MONOTONIC) + dies_after_us * 1000;
			else if ((int64_t)now_ns(CLOCK_MONOTONIC) > died_ns)
				raise(SIGKILL);
		}
		pause_us(2000);
	}
	return unused;
}

/* ---- the liar ---- */

static void lie_for(uint64_t *state)
{
	long us = next_random(state) % 4 ? next_random(state) % 300 : 0;

	assert_lies();
	if (us)
		pause_us(us);
}

static void put_truth(void)
{
	for (int i = 0; i < lie_count; i++)
		if (lies[i].word->address && lies[i].word->is_fixed)
			put(lies[i].word->address, lies[i].word->width, lies[i].truth);
}

static void *lie_loop(void *argument)
{
	uint64_t state = *(uint64_t *)argument;

	for (;;) {
		if (mode == BEFORE) {
			lie_for(&state);
			continue;
		}
		if (mode == DURING) {
			while (!active_epoch)
				pause_us(300);
			pause_us((long)(next_random(&state) % 120000));
		} else {
			pause_us((long)(next_random(&state) % 1000));
		}
		for (int i = 0; mode != FLICKER && i < lie_count; i++)
			lies[i].value = any_value(&state);
		is_lying = true;
		do {
			lie_for(&state);
		} while (mode == DURING && active_epoch);
		if (mode != FLIP) {
			is_lying = false;
			put_truth();
		}
	}
	return NULL;
}

static void choose_lies(uint64_t run)
{
	lie_count = below(5) ? 1 : 2 + below(MAX_LIES - 1);
	mode = below(MODES);
	is_greedy = below(6) == 0;
	if (below(8) == 0)
		dies_after_us = (int64_t)below(250000);
	for (int i = 0; i < lie_count; i++) {
		lies[i].word = &words[i ? below(word_count) : run % word_count];
		lies[i].truth = lies[i].word->address ? get(lies[i].word->address, lies[i].word->width) : 0;
		lies[i].value = any_value(&random_state);
	}
}

static void make_pages(const char *directory)
{
	char path[4096];
	int fd;

	trap_page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	snprintf(path, sizeof(path), "%.3000s/short-%d", directory, getpid());
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (trap_page == MAP_FAILED || fd < 0)
		die(path);
	mprotect(trap_page + PAGE, PAGE, PROT_NONE);
	no_file_page = map_shared(fd, 0, PAGE);
	unlink(path);
	close(fd);
}

static void start(void *(*loop)(void *), void *argument)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, loop, argument))
		die("pthread_create");
}

static void say(uint64_t seed, uint64_t run, const char *path)
{
	printf("ready %d %s seed=%llu run=%llu %s%s%s", getpid(), *path ? path : "-", (unsigned long long)seed,
	       (unsigned long long)run, lie_count ? mode_names[mode] : "honest", is_greedy ? " greedy" : "",
	       dies_after_us >= 0 ? " dies" : "");
	for (int i = 0; i < lie_count; i++)
		printf(" %s=0x%llx", lies[i].word->name, (unsigned long long)lies[i].value);
	printf("\n");
	fflush(stdout);
}

/* Leaves its mounts, its network, its IPC and its host's name, for a root with nothing in it. It keeps its own pid. */
static void move(const char *directory)
{
	static int moves;
	char root[4096];

	snprintf(root, sizeof(root), "%.3000s/empty-%d-%d", moves ? "" : directory, getpid(), moves);
	moves++;
	if (unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) || mkdir(root, 0700) ||
	    mount("none", root, "tmpfs", 0, NULL) || chroot(root) || chdir("/"))
		die("move");
	printf("moved\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char path[4096] = "";
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 0;
	uint64_t run = argc > 2 ? strtoull(argv[2], NULL, 0) : 0;
	bool is_honest = argc > 4;
	int control_fd;

	if (argc > 1 && !strcmp(argv[1], "words")) {
		make_words();
		printf("%d\n", word_count);
		return 0;
	}
	if (argc < 4)
		return 2;
	random_state = seed * 1000003 + run;
	for (int i = 0; i < 16; i++)
		target_id[i] = next_random(&random_state) ^ getpid();
	read_self();
	is_file = !is_honest && below(3) == 0;
	region_fd = is_file ? make_region_file(argv[3], path) : make_memfd("sluice-region", REGION_LENGTH);
	make_pages(argv[3]);
	make_region();
	control_fd = make_memfd("sluice-control", CONTROL_LENGTH);
	make_control(control_fd);
	make_words();
	if (!is_honest)
		choose_lies(run);
	for (int i = 0; i < OWNERS; i++) {
		owners[i].index = i;
		owners[i].slot = slot_of(i);
		owners[i].ring = rings + i * STRIDE;
		start(own, &owners[i]);
	}
	start(control_loop, NULL);
	put(control, 8, 0x5443454349554C53ULL);
	for (int i = 0; i < lie_count; i++)
		lies[i].truth = lies[i].word == &words[ARGUMENTS] ? 0x5443454349554C53ULL : lies[i].truth;
	is_lying = lie_count && mode == BEFORE;
	assert_lies();
	if (lie_count)
		start(lie_loop, &random_state);
	say(seed, run, path);
	while (read(STDIN_FILENO, path, sizeof(path)) > 0)
		if (argc > 4 && !strcmp(argv[4], "moves"))
			move(argv[3]);
	return 0;
}
