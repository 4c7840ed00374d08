/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Runs private_stack.bpf.o, whose programs are attached to two functions here, from some threads that share a processor.
 *
 *   usage: private_stack OBJECT SECONDS
 *
 * Prints: large HITS CHANGED small HITS CHANGED
 */
#define _GNU_SOURCE
#include <bpf/libbpf.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define THREADS 4

extern char __executable_start;
static volatile int stopped;

__attribute__((noinline, used)) void site_large(void)
{
	asm volatile("nop");
}

__attribute__((noinline, used)) void site_small(void)
{
	asm volatile("nop");
}

static void *fire(void *unused)
{
	while (!stopped) {
		site_large();
		site_small();
	}
	return unused;
}

static int attach(struct bpf_object *object, const char *name, const void *site)
{
	LIBBPF_OPTS(bpf_uprobe_opts, options);
	struct bpf_program *program = bpf_object__find_program_by_name(object, name);

	return bpf_program__attach_uprobe_opts(program, getpid(), "/proc/self/exe",
					       (const char *)site - &__executable_start, &options) ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct bpf_object *object = argc == 3 ? bpf_object__open_file(argv[1], NULL) : NULL;
	uint64_t counts[4] = {0};
	pthread_t threads[THREADS];
	cpu_set_t one;
	int key = 0;
	int i;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	if (!object || sched_setaffinity(0, sizeof(one), &one) || bpf_object__load(object) ||
	    attach(object, "handle_large", site_large) || attach(object, "handle_small", site_small))
		return 2;
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, fire, NULL))
			return 2;
	sleep(atoi(argv[2]));
	stopped = 1;
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	if (bpf_map__lookup_elem(bpf_object__find_map_by_name(object, ".data.counts"), &key, sizeof(key), counts,
				 sizeof(counts), 0))
		return 2;
	printf("large %llu %llu small %llu %llu\n", (unsigned long long)counts[0], (unsigned long long)counts[1],
	       (unsigned long long)counts[2], (unsigned long long)counts[3]);
	return 0;
}
