/* Copyright the Sluice authors */
/* SPDX-License-Identifier: Apache-2.0 */
/* Takes an open-file-description lock on one byte: lock_taker FILE OFFSET wait|exec|fork, says "taken", and goes on at a
 * line of input: "exec" becomes another program, "fork" has left a child that is one. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    int fd;

    if (argc != 4 || (fd = open(argv[1], O_RDWR | O_CLOEXEC)) < 0)
        return 2;
    lock.l_start = atoll(argv[2]);
    if (fcntl(fd, F_OFD_SETLK, &lock) != 0)
        return 3;
    if (strcmp(argv[3], "fork") == 0 && fork() == 0)
        return execlp("sleep", "sleep", "60", (char *)NULL);
    puts("taken");
    fflush(stdout);
    if (getchar() == EOF)
        return 0;
    if (strcmp(argv[3], "exec") == 0)
        return execlp("sh", "sh", "-c", "echo executed; sleep 60", (char *)NULL);
    return 0;
}
