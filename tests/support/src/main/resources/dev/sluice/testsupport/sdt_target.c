/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A program that Sluice did not make: its probes come from sys/sdt.h and a C compiler. Prints "ready", then answers each
 * line of its input with one line:
 *
 *   trade N      N times market:trade (id, lots) from each of two sites, and depot:trade (id) once for each pair
 *   widths V     market:widths with V cut to every width
 *   places I     market:places, whose arguments are in registers, memory and constants, for order I
 *   twelve V     market:twelve with V, V + 1, ... V + 11
 *   child N      a forked child does as "trade N"
 *   workers N    N children that only wait, and end when this program does
 *   semaphores   the values of all semaphores
 */
#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SEMAPHORE(name) __attribute__((section(".probes"))) volatile unsigned short name##_semaphore

SEMAPHORE(market_trade);
SEMAPHORE(market_widths);
SEMAPHORE(market_places);
SEMAPHORE(market_twelve);
SEMAPHORE(depot_trade);

struct order {
	int8_t side;
	int16_t venue;
	int32_t lots;
	int64_t price;
};

static const struct order orders[] = {{-1, 10, -100, -1000000000000}, {1, -20, 200, 2000000000000}};
static const int32_t counts[] = {-11, 22};

__attribute__((noinline)) static void trade(long count)
{
	for (long id = 0; id < count; id++) {
		DTRACE_PROBE2(market, trade, id, (int32_t)-id);
		DTRACE_PROBE2(market, trade, -id, (int32_t)id);
		DTRACE_PROBE1(depot, trade, id);
	}
}

__attribute__((noinline)) static void widths(int8_t a, uint8_t b, int16_t c, uint16_t d, int32_t e, uint32_t f,
					     int64_t g, uint64_t h)
{
	DTRACE_PROBE8(market, widths, a, b, c, d, e, f, g, h);
}

__attribute__((noinline)) static void places(const struct order *order, const int32_t *count, const char *name, long i)
{
	DTRACE_PROBE8(market, places, order->side, order[i].venue, order[i].lots, order->price, count[i], -7, name,
		      0x123456789aL);
}

__attribute__((noinline)) static void twelve(const long *v)
{
	DTRACE_PROBE12(market, twelve, v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11]);
}

static void workers(long count)
{
	while (count-- > 0) {
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			close(STDIN_FILENO);
			close(STDOUT_FILENO);
			for (;;)
				pause();
		}
	}
}

static void run(const char *command, long value)
{
	long v[12];

	for (int i = 0; i < 12; i++)
		v[i] = value + i;
	if (!strcmp(command, "trade"))
		trade(value);
	else if (!strcmp(command, "widths"))
		widths(value, value, value, value, value, value, value, value);
	else if (!strcmp(command, "places"))
		places(orders, counts, "grüße", value);
	else if (!strcmp(command, "twelve"))
		twelve(v);
	else if (!strcmp(command, "workers"))
		workers(value);
	else if (!strcmp(command, "child")) {
		pid_t child = fork();

		if (child == 0) {
			trade(value);
			_exit(0);
		}
		waitpid(child, NULL, 0);
	}
}

int main(void)
{
	char line[128];
	char command[32];

	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		long value = 0;

		if (sscanf(line, "%31s %li", command, &value) < 1)
			continue;
		run(command, value);
		if (!strcmp(command, "semaphores"))
			printf("trade %d widths %d places %d twelve %d depot %d\n", market_trade_semaphore,
			       market_widths_semaphore, market_places_semaphore, market_twelve_semaphore,
			       depot_trade_semaphore);
		else
			puts("done");
		fflush(stdout);
	}
	return 0;
}
