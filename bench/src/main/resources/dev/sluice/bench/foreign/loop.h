/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The loop that is measured, in C, with the same events as in Java (Values.java). A program includes it once, defines
 * site_offset and fire, and calls loop_main. It prints "ready OFFSET", waits for a line, warms up, prints "warm N",
 * runs, prints the ns of an event of each iteration and "fired N", and waits for the standard input's end.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define VALUES 1024
#define BETWEEN_LOOKS 256

static uint64_t first_values[VALUES];
static uint64_t number;

static inline __attribute__((always_inline)) void fire(uint64_t a, uint64_t b);
static uint64_t site_offset(void);

static uint64_t mix(uint64_t i)
{
	uint64_t z = (i + 1) * 0x9E3779B97F4A7C15ull;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
	z = (z ^ z >> 27) * 0x94D049BB133111EBull;
	return z ^ z >> 31;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ull + now.tv_nsec;
}

static double ns_of_event(uint64_t duration_ns)
{
	uint64_t begin = now_ns();
	uint64_t end;
	uint64_t count = 0;

	do {
		for (int i = 0; i < BETWEEN_LOOKS; i++) {
			fire(first_values[number & (VALUES - 1)], number);
			number++;
		}
		count += BETWEEN_LOOKS;
		end = now_ns();
	} while (end - begin < duration_ns);
	return (double)(end - begin) / count;
}

/* Arguments: ms of the warm-up, iterations, ms of each. */
static int loop_main(int argc, char **argv)
{
	int iterations;

	if (argc != 4)
		return 2;
	for (int i = 0; i < VALUES; i++)
		first_values[i] = mix(i);
	printf("ready %llu\n", (unsigned long long)site_offset());
	fflush(stdout);
	if (getchar() == EOF)
		return 1;
	ns_of_event(strtoull(argv[1], NULL, 10) * 1000000);
	printf("warm %llu\n", (unsigned long long)number);
	fflush(stdout);
	iterations = atoi(argv[2]);
	for (int i = 0; i < iterations; i++)
		printf("%.4f\n", ns_of_event(strtoull(argv[3], NULL, 10) * 1000000));
	printf("fired %llu\n", (unsigned long long)number);
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
