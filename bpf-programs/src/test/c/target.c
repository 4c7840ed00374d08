/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A process to be traced: two probe sites of the form our stubs have (a nop and a ret, arguments where the ABI puts
 * them, a semaphore each), driven by commands on standard input, one answer line each.
 *
 *   usage: target SHARED_FILE LENGTH
 *
 * The first line written is: pid PID drain SITE SEMAPHORE trap SITE SEMAPHORE path PATH, in file offsets.
 *
 *   drain HEADER CONTENT LENGTH     fire drain with addresses inside the shared file (offsets), or absolute with a leading @
 *   evict OFFSET LENGTH             unmap these pages of the shared file until they are touched again
 *   trap WORD...                    fire trap with 12 words; a word sTEXT is the address of TEXT, others are numbers
 *   loop HEADER CONTENT LENGTH      fire drain for ever, counting up packet_seq_num; answers "looping" first
 *   time HEADER CONTENT LENGTH N    answers the mean nanoseconds of N drains, each with its own sequence number
 *   timetrap N                      the same for traps with two integers
 *   fork HEADER CONTENT LENGTH      fire drain once in a forked child
 *   pin                             all threads run on one processor from now on
 *   withhold ADDRESS                map a page there that is missing until it is served
 *   sleep HEADER CONTENT LENGTH     fire drain in a thread of its own; answers when it waits for the page withheld
 *   serve                           fill the page with zeros; answers when the thread is back
 *   semaphores                      answers both semaphores' values
 */
#define _GNU_SOURCE
#include "packet_header.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

asm(".pushsection .probes,\"aw\",@progbits\n"
    ".balign 4\n"
    ".globl sluice_drain_semaphore, sluice_trap_semaphore\n"
    "sluice_drain_semaphore: .long 0\n"
    "sluice_trap_semaphore: .long 0\n"
    ".popsection\n"
    ".pushsection .text\n"
    ".globl sluice_drain_site, sluice_trap_site\n"
    ".type sluice_drain_site, @function\n"
    ".type sluice_trap_site, @function\n"
    ".balign 16\n"
    "sluice_drain_site: nop\n"
    "ret\n"
    ".balign 16\n"
    "sluice_trap_site: nop\n"
    "ret\n"
    ".popsection\n");

extern volatile unsigned short sluice_drain_semaphore;
extern volatile unsigned short sluice_trap_semaphore;
void sluice_drain_site(const void *header, const void *content, uint64_t length);
void sluice_trap_site(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
		      uint64_t, uint64_t);

#define MAX_ARGS 12

static char *shared;

struct lookup {
	uintptr_t address;
	uint64_t offset;
};

static int find_offset(struct dl_phdr_info *info, size_t size, void *data)
{
	struct lookup *lookup = data;
	int i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + segment->p_vaddr;

		if (segment->p_type == PT_LOAD && lookup->address >= start &&
		    lookup->address < start + segment->p_filesz) {
			lookup->offset = lookup->address - start + segment->p_offset;
			return 1;
		}
	}
	return 0;
}

static unsigned long long file_offset(const volatile void *address)
{
	struct lookup lookup = {.address = (uintptr_t)address};

	dl_iterate_phdr(find_offset, &lookup);
	return lookup.offset;
}

static uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + time.tv_nsec;
}

static void *address_of(const char *word)
{
	return *word == '@' ? (void *)strtoull(word + 1, NULL, 0) : shared + strtoull(word, NULL, 0);
}

static uint64_t number(char **words, int index)
{
	return words[index] ? strtoull(words[index], NULL, 0) : 0;
}

static void fire_drain(char **words)
{
	sluice_drain_site(address_of(words[1]), address_of(words[2]), number(words, 3));
}

static void fire_trap(char **words)
{
	uint64_t args[MAX_ARGS] = {0};
	int i;

	for (i = 0; i < MAX_ARGS && words[i + 1]; i++)
		args[i] = *words[i + 1] == 's' ? (uintptr_t)(words[i + 1] + 1) : number(words, i + 1);
	sluice_trap_site(args[0], args[1], args[2], args[3], args[4], args[5], args[6], args[7], args[8], args[9],
			 args[10], args[11]);
}

static void drain_times(char **words, uint64_t times)
{
	struct sluice_packet_header *header = address_of(words[1]);
	uint64_t length = number(words, 3);
	uint64_t i;

	for (i = 0; i < times; i++) {
		header->packet_seq_num++;
		sluice_drain_site(header, address_of(words[2]), length);
	}
}

static void trap_times(uint64_t times)
{
	uint64_t i;

	for (i = 0; i < times; i++)
		sluice_trap_site(i, ~i, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}

static void fork_drain(char **words)
{
	pid_t child = fork();

	if (child == 0) {
		fire_drain(words);
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

#define PAGE_LENGTH 4096
#define FAULT_TIMEOUT_MS 20000

static int userfault = -1;
static uint64_t withheld;
static pthread_t sleeper;

static int pin(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	return sched_setaffinity(0, sizeof(one), &one);
}

/* For faults of the kernel as well, which takes root or vm.unprivileged_userfaultfd. */
static int withhold(uint64_t address)
{
	struct uffdio_register range = {.range = {.start = address, .len = PAGE_LENGTH},
					.mode = UFFDIO_REGISTER_MODE_MISSING};
	struct uffdio_api api = {.api = UFFD_API};

	withheld = address;
	userfault = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (userfault < 0 || ioctl(userfault, UFFDIO_API, &api))
		return -1;
	if (mmap((void *)address, PAGE_LENGTH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
		 -1, 0) == MAP_FAILED)
		return -1;
	return ioctl(userfault, UFFDIO_REGISTER, &range);
}

static void *fire_sleeping(void *words)
{
	fire_drain(words);
	return NULL;
}

static int drain_asleep(char **words)
{
	struct pollfd fault = {.fd = userfault, .events = POLLIN};
	struct uffd_msg message;

	if (pthread_create(&sleeper, NULL, fire_sleeping, words))
		return -1;
	/* The words are looked at before the fault. */
	return poll(&fault, 1, FAULT_TIMEOUT_MS) == 1 && read(userfault, &message, sizeof(message)) > 0 ? 0 : -1;
}

static int serve(void)
{
	struct uffdio_zeropage zeros = {.range = {.start = withheld, .len = PAGE_LENGTH}};

	return ioctl(userfault, UFFDIO_ZEROPAGE, &zeros) ? -1 : pthread_join(sleeper, NULL);
}

static void answer(int error)
{
	puts(error ? strerror(errno) : "done");
}

static void obey(char **words)
{
	uint64_t begin = now_ns();

	if (!strcmp(words[0], "drain")) {
		fire_drain(words);
	} else if (!strcmp(words[0], "evict")) {
		madvise(address_of(words[1]), number(words, 2), MADV_DONTNEED);
	} else if (!strcmp(words[0], "trap")) {
		fire_trap(words);
	} else if (!strcmp(words[0], "fork")) {
		fork_drain(words);
	} else if (!strcmp(words[0], "time")) {
		drain_times(words, number(words, 4));
		printf("%.1f\n", (double)(now_ns() - begin) / number(words, 4));
		return;
	} else if (!strcmp(words[0], "timetrap")) {
		trap_times(number(words, 1));
		printf("%.1f\n", (double)(now_ns() - begin) / number(words, 1));
		return;
	} else if (!strcmp(words[0], "loop")) {
		puts("looping");
		drain_times(words, UINT64_MAX);
	} else if (!strcmp(words[0], "pin")) {
		answer(pin());
		return;
	} else if (!strcmp(words[0], "withhold")) {
		answer(withhold(number(words, 1)));
		return;
	} else if (!strcmp(words[0], "sleep")) {
		answer(drain_asleep(words));
		return;
	} else if (!strcmp(words[0], "serve")) {
		answer(serve());
		return;
	} else if (!strcmp(words[0], "semaphores")) {
		printf("%u %u\n", sluice_drain_semaphore, sluice_trap_semaphore);
		return;
	}
	puts("done");
}

int main(int argc, char **argv)
{
	static char line[64 * 1024];
	char *words[MAX_ARGS + 2];
	char path[4096] = {0};
	int fd = argc == 3 ? open(argv[1], O_RDWR) : -1;

	if (fd < 0 || readlink("/proc/self/exe", path, sizeof(path) - 1) < 0)
		return 2;
	shared = mmap(NULL, strtoull(argv[2], NULL, 0), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (shared == MAP_FAILED)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("pid %d drain %llu %llu trap %llu %llu path %s\n", getpid(), file_offset(sluice_drain_site),
	       file_offset(&sluice_drain_semaphore), file_offset(sluice_trap_site),
	       file_offset(&sluice_trap_semaphore), path);
	while (fgets(line, sizeof(line), stdin)) {
		int count = 0;
		char *word;

		for (word = strtok(line, " \n"); word && count < MAX_ARGS + 1; word = strtok(NULL, " \n"))
			words[count++] = word;
		words[count] = NULL;
		if (count)
			obey(words);
	}
	return 0;
}
