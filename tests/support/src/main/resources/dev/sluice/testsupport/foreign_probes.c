/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Notes as no compiler of ours writes them, by hand, for x86-64. Prints "ready", then answers each line of its input with
 * one line:
 *
 *   fire N       fires every probe N times; guarded only while its semaphore is not 0
 *   semaphore    the semaphore's value
 *   name TEXT    names the main thread
 *   bytename     the same with a name that is no UTF-8
 *
 * Compiled with -DSHORT_NOTE, -DENDLESS_NOTE or -DLONG_NOTE one damaged note lies among the good ones; -DFAR_BSS puts the
 * semaphore where no page of the file is; -DBSS into the page that .bss shares with the file; -DMANY=N adds N probes, each
 * with a name of its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

asm(".macro note provider, name, arguments, semaphore=0\n"
    ".Lsite\\@: nop\n"
    ".pushsection .note.stapsdt,\"\",@note\n"
    ".balign 4\n"
    ".4byte 8, .Lend\\@ - .Lbegin\\@, 3\n"
    ".asciz \"stapsdt\"\n"
    ".Lbegin\\@: .8byte .Lsite\\@, 0, \\semaphore\n"
    ".asciz \"\\provider\"\n"
    ".asciz \"\\name\"\n"
    ".asciz \"\\arguments\"\n"
    ".Lend\\@: .balign 4\n"
    ".popsection\n"
    ".endm\n");

#if defined(BSS) || defined(FAR_BSS)
asm(".pushsection .bss\n"
#ifdef FAR_BSS
    ".space 65536\n"
#endif
    ".globl guarded_semaphore\n"
    ".balign 4\n"
    "guarded_semaphore: .space 4\n"
#ifdef FAR_BSS
    ".space 65536\n"
#endif
    ".popsection\n");
#else
asm(".pushsection .probes,\"aw\",@progbits\n"
    ".globl guarded_semaphore\n"
    ".balign 4\n"
    "guarded_semaphore: .4byte 0\n"
    ".popsection\n");
#endif

asm(".data\n"
    ".balign 8\n"
    "doubles: .double 3.25, -1e300\n"
    "floats: .float -0.5\n"
    ".text\n"
    ".globl fire_all\n"
    "fire_all:\n"
    "  push %rbx\n"
    "  mov $-5, %rax\n"
    /* One name, and sites that differ in sign, in width and in number. */
    "  note mixed, signs, \"-4@%eax\"\n"
    "  note mixed, signs, \"4@%eax\"\n"
    "  note mixed, unsigned, \"4@%eax\"\n"
    "  note mixed, unsigned, \"-4@%eax\"\n"
    "  note mixed, widths, \"1@%al\"\n"
    "  note mixed, widths, \"8@%rax\"\n"
    "  note mixed, widths, \"-2@%ax\"\n"
    "  mov $31, %rbx\n"
    "  note mixed, counts, \"8@$1 8@$2 8@%rbx\"\n"
    "  note mixed, counts, \"8@$3\"\n"
    "  note mixed, counts, \"\"\n"
    "  note mixed, fewer, \"8@$3\"\n"
    "  note mixed, fewer, \"8@$1 8@$2 8@%rbx\"\n"
    /* Floating point in memory and in general registers, and where nothing can read it. */
    "  movq doubles(%rip), %r10\n"
    "  movsd doubles(%rip), %xmm0\n"
    "  lea doubles(%rip), %rdx\n"
    "  mov $7, %r11\n"
    "  note floating, all, \"8f@%r10 8f@8(%rdx) 4f@16(%rdx) 8f@%xmm0 8@%r11\"\n"
    "  note floating, mixed, \"8f@%r10\"\n"
    "  note floating, mixed, \"8@%r11\"\n"
    "  note intact, before, \"8@%r11\"\n"
#ifdef SHORT_NOTE
    ".pushsection .note.stapsdt,\"\",@note\n"
    ".balign 4\n"
    ".4byte 8, 8, 3\n"
    ".asciz \"stapsdt\"\n"
    ".8byte 0\n"
    ".popsection\n"
#endif
#ifdef ENDLESS_NOTE
    ".pushsection .note.stapsdt,\"\",@note\n"
    ".balign 4\n"
    ".4byte 8, 28, 3\n"
    ".asciz \"stapsdt\"\n"
    ".8byte fire_all, 0, 0\n"
    ".ascii \"AAAA\"\n"
    ".popsection\n"
#endif
#ifdef LONG_NOTE
    ".pushsection .note.stapsdt,\"\",@note\n"
    ".balign 4\n"
    ".4byte 8, 1000024, 3\n"
    ".asciz \"stapsdt\"\n"
    ".8byte fire_all, 0, 0\n"
    ".fill 999990, 1, 65\n"
    ".space 10\n"
    ".popsection\n"
#endif
    "  note intact, after, \"8@%r11\"\n"
#ifdef MANY
#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
    ".altmacro\n"
    ".macro numbered i\n"
    ".pushsection .note.stapsdt,\"\",@note\n"
    ".balign 4\n"
    ".4byte 8, .Lmany_end\\i - .Lmany_begin\\i, 3\n"
    ".asciz \"stapsdt\"\n"
    ".Lmany_begin\\i: .8byte fire_all, 0, 0\n"
    ".asciz \"many\"\n"
    ".asciz \"probe_\\i\"\n"
    ".asciz \"8@%r11 -4@%eax\"\n"
    ".Lmany_end\\i: .balign 4\n"
    ".popsection\n"
    ".endm\n"
    ".set i, 0\n"
    ".rept " TEXT(MANY) "\n"
    "  numbered %i\n"
    "  .set i, i + 1\n"
    ".endr\n"
    ".noaltmacro\n"
#endif
    "  movzwl guarded_semaphore(%rip), %eax\n"
    "  test %ax, %ax\n"
    "  je 1f\n"
    "  mov $12345, %rcx\n"
    "  note sem, guarded, \"8@%rcx\", guarded_semaphore\n"
    "1: pop %rbx\n"
    "  ret\n");

void fire_all(void);
extern volatile unsigned short guarded_semaphore;

int main(void)
{
	static char line[128];

	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = 0;
		if (!strncmp(line, "fire ", 5)) {
			for (long i = atol(line + 5); i > 0; i--)
				fire_all();
		} else if (!strncmp(line, "name ", 5)) {
			prctl(PR_SET_NAME, line + 5);
		} else if (!strcmp(line, "bytename")) {
			prctl(PR_SET_NAME, "caf\xe9 \xff");
		}
		if (!strcmp(line, "semaphore"))
			printf("%d\n", guarded_semaphore);
		else
			puts("done");
		fflush(stdout);
	}
	return 0;
}
