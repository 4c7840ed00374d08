/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 */

/* One call of a site with the bytes SITE, to which a uprobe is attached; its two arguments are in registers. */
#define _GNU_SOURCE
#include <link.h>
#include "loop.h"

void site(uint64_t a, uint64_t b);
__asm__(".text\n"
	".globl site\n"
	".type site, @function\n"
	".balign 16\n"
	"site:\n"
	"\t" SITE "\n"
	"\tret\n"
	".size site, .-site\n");

static inline __attribute__((always_inline)) void fire(uint64_t a, uint64_t b)
{
	site(a, b);
}

/* The first object is the program itself: finds the site in its file. */
static int find(struct dl_phdr_info *info, size_t size, void *offset)
{
	uint64_t address = (uint64_t)(uintptr_t)&site - info->dlpi_addr;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

		if (segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
		    address < segment->p_vaddr + segment->p_filesz)
			*(uint64_t *)offset = address - segment->p_vaddr + segment->p_offset;
	}
	return 1;
}

static uint64_t site_offset(void)
{
	uint64_t offset = 0;

	dl_iterate_phdr(find, &offset);
	return offset;
}

int main(int argc, char **argv)
{
	return loop_main(argc, argv);
}
