/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* A tracepoint of LTTng-UST. */
#define TRACEPOINT_CREATE_PROBES
#define TRACEPOINT_DEFINE
#include "lttng_events.h"
#include "loop.h"

static inline __attribute__((always_inline)) void fire(uint64_t a, uint64_t b)
{
	tracepoint(sluice_bench, two, a, b);
}

static uint64_t site_offset(void)
{
	return 0;
}

int main(int argc, char **argv)
{
	return loop_main(argc, argv);
}
