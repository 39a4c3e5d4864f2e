/* The clocks of the daemon. Any thread. */
#ifndef DAEMON_CLOCK_H
#define DAEMON_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define CLOCK_TEXT 25 /* bytes of clock_text with its NUL */

int64_t clock_wall_ms(void); /* since 1970 */
double clock_monotonic_us(void);
int64_t clock_monotonic_ms(void); /* of no meaning but its differences */
/* "2026-01-31T23:59:59.123Z" */
void clock_text(int64_t wall_ms, char out[CLOCK_TEXT]);

#endif
