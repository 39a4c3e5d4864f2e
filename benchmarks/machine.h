/* What machine this is, and how fast its memory: beside which absolute figures stand. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stddef.h>

/* "AMD EPYC, 2 processors, Linux 6.1" */
void machine_name(char *out, size_t n);
/* Rows: bytes copied by memcpy a ns; ns a dependent random read over 64 MiB. */
void machine_calibrate(unsigned runs);

#endif
