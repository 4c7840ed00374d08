/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 */
#undef TRACEPOINT_PROVIDER
#define TRACEPOINT_PROVIDER sluice_bench

#undef TRACEPOINT_INCLUDE
#define TRACEPOINT_INCLUDE "./lttng_events.h"

#if !defined(LTTNG_EVENTS_H) || defined(TRACEPOINT_HEADER_MULTI_READ)
#define LTTNG_EVENTS_H

#include <stdint.h>
#include <lttng/tracepoint.h>

TRACEPOINT_EVENT(
	sluice_bench,
	two,
	TP_ARGS(uint64_t, a, uint64_t, b),
	TP_FIELDS(
		ctf_integer(uint64_t, a, a)
		ctf_integer(uint64_t, b, b)
	)
)

#endif

#include <lttng/tracepoint-event.h>
