/* The table of results: printed as it grows, and at the end as JSON where asked for. */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <stdbool.h>
#include <stdio.h>

enum demand { AT_MOST, AT_LEAST, NOTE };

/* One figure. bench and input name the row, what says what the figure is, with its unit
 * ("x LIT", "ns/record"). NOTE: nothing is required. Strings are copied. */
void table_add(const char *bench, const char *input, const char *what, double value,
               enum demand demand, double required);
/* A row that was not measured, and why. */
void table_skip(const char *bench, const char *input, const char *why);
/* Progress for people, on stderr. */
void table_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void table_print(FILE *f);
void table_print_json(FILE *f, const char *machine);
/* Figures that miss what is required. */
unsigned table_misses(void);

#endif
