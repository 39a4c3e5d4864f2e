/* NDJSON to record and verdict to NDJSON (ringfence-feed(7)). One decoder per thread. */
#ifndef RF_CODEC_CODEC_H
#define RF_CODEC_CODEC_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/record/record.h"
#include "lib/ruleset/judgment.h"

/* Readable bytes that must follow a line handed to the decoder. */
#define RF_CODEC_PADDING 64

struct rf_decoder;

/* settings: fields, early_ms, late_ms and max_line are used; copied. A row of `fields` is
 * a name in the feed and the field it means: {ecgi, cell} reads `cell` from members named
 * "ecgi", {ref, ""} ignores members named "ref"; names in no row mean themselves. (The
 * configuration's `feed.fields: {cell: ecgi, ref: ""}` is the rows {ecgi, cell},
 * {cell, ""} and {ref, ""}.) */
struct rf_decoder *rf_decoder_new(const struct rf_settings *settings);
void rf_decoder_free(struct rf_decoder *d);

/* How the absence or distance of `ts` is handled. */
struct rf_clock {
    int64_t now_ms;    /* daemon: wall clock; tools: the newest ts so far */
    bool check_skew;   /* daemon: replace a ts too early or late, degraded "ts" */
    int64_t absent_ms; /* ts of a record without one: arrival, or the previous record's */
};

/* Decode the line (no line end; RF_CODEC_PADDING readable bytes behind it). Always fills
 * *out; errors are in out->error. Strings point into the line or the arena. Takes no
 * memory but the arena's. `host` is not made
 * from `url`; `subscriber` and `event` have their defaults. */
void rf_decode_line(struct rf_decoder *d, struct rf_arena *arena, struct rf_str line,
                    const struct rf_clock *clock, struct rf_record *out);
/* The same, one byte after the other: for tests, which hold the two equal. No padding. */
void rf_decode_line_carefully(struct rf_decoder *d, struct rf_arena *arena,
                              struct rf_str line, const struct rf_clock *clock,
                              struct rf_record *out);
/* The record that stands for a line over max_line. */
void rf_decode_too_long(struct rf_record *out, const struct rf_clock *clock);

/* Append the reply line with its LF. ref: empty for none. */
void rf_encode_reply(struct rf_buf *out, const struct rf_ruleset *rs,
                     const struct rf_record *record, const struct rf_judgment *j,
                     struct rf_str ref, uint64_t gen);
/* Whether that reply is a plain allow: has no members but id, verdict and gen. Such are
 * left out where a client asked for `hits`. */
bool rf_reply_is_plain(const struct rf_record *record, const struct rf_judgment *j);
/* "bad_json" ...; the word of an error in replies and metrics. OK: empty. */
const char *rf_record_error_name(enum rf_record_error e);

#endif
