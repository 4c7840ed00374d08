/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * usage: usdt_reader OBJECT PID PATH PROVIDER NAME. Attaches by libbpf, prints "attached", then for each hit its number
 * of arguments and twelve values, until its input ends.
 */
#include <bpf/libbpf.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int print(void *context, void *data, size_t size)
{
	const long *values = data;

	(void)context;
	for (size_t i = 0; i < size / sizeof(long); i++)
		printf(i == 0 ? "%ld" : " %ld", values[i]);
	puts("");
	fflush(stdout);
	return 0;
}

int main(int argc, char **argv)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	struct bpf_object *object = argc == 6 ? bpf_object__open_file(argv[1], NULL) : NULL;
	struct ring_buffer *ring;
	struct bpf_link *link;

	if (!object || bpf_object__load(object))
		return 1;
	ring = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "arguments"), print, NULL, NULL);
	link = bpf_program__attach_usdt(bpf_object__find_program_by_name(object, "handle_usdt"), atoi(argv[2]), argv[3],
					argv[4], argv[5], NULL);
	if (!ring || !link)
		return 1;
	puts("attached");
	fflush(stdout);
	while (poll(&input, 1, 0) == 0)
		ring_buffer__poll(ring, 10);
	ring_buffer__free(ring);
	bpf_link__destroy(link);
	bpf_object__close(object);
	return 0;
}
