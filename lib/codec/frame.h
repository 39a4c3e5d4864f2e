/* Framing of the feed: finds lines in a byte stream. No memory of its own: it works on
 * the reader's buffer, so a line is a view into it. One connection, one thread. The lines
 * found do not depend on how the stream was cut into reads. */
#ifndef RF_CODEC_FRAME_H
#define RF_CODEC_FRAME_H

#include "lib/base/str.h"

#define RF_FRAME_ENDLESS (16 * 1024 * 1024) /* bytes without a line end that close */
/* What a buffer must hold beyond max_line: byte-order mark, CR, LF. */
#define RF_FRAME_EXTRA 5

enum rf_frame_result {
    RF_FRAME_LINE,     /* *line is complete (CR and byte-order mark cut), not blank */
    RF_FRAME_TOO_LONG, /* a line over max_line began; told once, its rest is discarded */
    RF_FRAME_MORE,  /* nothing complete: read more, or at the stream's end call _last */
    RF_FRAME_CLOSE, /* RF_FRAME_ENDLESS bytes without an end */
};

/* Invariant: scanned > 0 only while not discarding; those bytes of the next input were
 * searched already and hold no LF. */
struct rf_frame {
    size_t max_line;
    size_t scanned;   /* bytes at the buffer's start known to hold no LF */
    size_t discarded; /* bytes of an overlong line dropped so far */
    bool discarding;
};

void rf_frame_init(struct rf_frame *f, size_t max_line);
/* Look at the unconsumed bytes in; *used gets how many to drop before the next call (they
 * may hold *line, which stays valid until the buffer moves); the others must come again
 * unchanged. Never needs more than max_line + RF_FRAME_EXTRA bytes to make progress.
 * Blank lines (space, tab, CR) and a byte-order mark before a line are skipped; max_line
 * counts neither that mark nor the line's end. */
enum rf_frame_result rf_frame_next(struct rf_frame *f, struct rf_str in, size_t *used,
                                   struct rf_str *line);
/* The stream has ended and rf_frame_next said MORE: what is left, as a last line. LINE,
 * TOO_LONG or MORE (nothing left). */
enum rf_frame_result rf_frame_last(struct rf_frame *f, struct rf_str in,
                                   struct rf_str *line);

#endif
