/* The Lua behind shared counters. Each runs whole or not at all; all but the first may
 * run any number of times. */
#ifndef STORE_COUNTERS_SCRIPT_H
#define STORE_COUNTERS_SCRIPT_H

/* KEYS: every number. ARGV: ttl, then pairs of a place in KEYS and what to add. Gives all
 * of them, added. */
#define COUNTERS_ADD                                                                     \
    "for i = 2, #ARGV, 2 do\n"                                                           \
    "  local k = KEYS[tonumber(ARGV[i])]\n"                                              \
    "  redis.call('INCRBY', k, ARGV[i + 1])\n"                                           \
    "  redis.call('PEXPIRE', k, ARGV[1])\n"                                              \
    "end\n"                                                                              \
    "return redis.call('MGET', unpack(KEYS))\n"

/* KEYS: a slice's set and its records, by turns. ARGV: ttl, largest set, then of each
 * slice: records to add, members known to be there, members to join and their number
 * before them. Gives of each slice: records, members there, and 0, or all of them where
 * there are others than known. */
#define COUNTERS_JOIN                                                                    \
    "local at, out = 3, {}\n"                                                            \
    "for i = 1, #KEYS, 2 do\n"                                                           \
    "  local set, n, k = KEYS[i], ARGV[at], tonumber(ARGV[at + 2])\n"                    \
    "  local total, added = redis.call('GET', KEYS[i + 1]) or '0', 0\n"                  \
    "  if n ~= '0' then\n"                                                               \
    "    total = redis.call('INCRBY', KEYS[i + 1], n)\n"                                 \
    "    redis.call('PEXPIRE', KEYS[i + 1], ARGV[1])\n"                                  \
    "  end\n"                                                                            \
    "  if k > 0 then\n"                                                                  \
    "    if redis.call('SCARD', set) < tonumber(ARGV[2]) then\n"                         \
    "      added = redis.call('SADD', set, unpack(ARGV, at + 3, at + 2 + k))\n"          \
    "    end\n"                                                                          \
    "    redis.call('PEXPIRE', set, ARGV[1])\n"                                          \
    "  end\n"                                                                            \
    "  local card = redis.call('SCARD', set)\n"                                          \
    "  local same = card == tonumber(ARGV[at + 1]) + added\n"                            \
    "  out[#out + 1] = tonumber(total)\n"                                                \
    "  out[#out + 1] = card\n"                                                           \
    "  out[#out + 1] = same and 0 or redis.call('SMEMBERS', set)\n"                      \
    "  at = at + 3 + k\n"                                                                \
    "end\n"                                                                              \
    "return out\n"

/* KEYS: a slice's registers and its records, by turns. ARGV: ttl, then of each slice:
 * records to add, registers to merge or ''. Gives of each slice: records, registers. */
#define COUNTERS_MERGE                                                                   \
    "local out = {}\n"                                                                   \
    "for i = 1, #KEYS, 2 do\n"                                                           \
    "  local n, mine = ARGV[i + 1], ARGV[i + 2]\n"                                       \
    "  local total = redis.call('GET', KEYS[i + 1]) or '0'\n"                            \
    "  if n ~= '0' then\n"                                                               \
    "    total = redis.call('INCRBY', KEYS[i + 1], n)\n"                                 \
    "    redis.call('PEXPIRE', KEYS[i + 1], ARGV[1])\n"                                  \
    "  end\n"                                                                            \
    "  local have = redis.call('GET', KEYS[i]) or ''\n"                                  \
    "  if #mine > 0 then\n"                                                              \
    "    if #have == #mine then\n"                                                       \
    "      local t = {}\n"                                                               \
    "      for j = 1, #mine do\n"                                                        \
    "        local a, b = have:byte(j), mine:byte(j)\n"                                  \
    "        t[j] = string.char(a > b and a or b)\n"                                     \
    "      end\n"                                                                        \
    "      have = table.concat(t)\n"                                                     \
    "    else\n"                                                                         \
    "      have = mine\n"                                                                \
    "    end\n"                                                                          \
    "    redis.call('SET', KEYS[i], have, 'PX', ARGV[1])\n"                              \
    "  end\n"                                                                            \
    "  out[#out + 1] = tonumber(total)\n"                                                \
    "  out[#out + 1] = have\n"                                                           \
    "end\n"                                                                              \
    "return out\n"

/* KEYS: one. ARGV: ttl, time. Gives the earlier. */
#define COUNTERS_FIRST                                                                   \
    "local have, first = redis.call('GET', KEYS[1]), ARGV[2]\n"                          \
    "if have and tonumber(have) < tonumber(first) then first = have end\n"               \
    "redis.call('SET', KEYS[1], first, 'PX', ARGV[1])\n"                                 \
    "return first\n"

/* KEYS: one. ARGV: ttl, oldest hour kept, 1 where all are wanted, then hours and values.
 * Gives hours and values. */
#define COUNTERS_PEAKS                                                                   \
    "for i = 4, #ARGV, 2 do\n"                                                           \
    "  local have = redis.call('HGET', KEYS[1], ARGV[i]) or '-1'\n"                      \
    "  if tonumber(ARGV[i + 1]) > tonumber(have) then\n"                                 \
    "    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])\n"                            \
    "  end\n"                                                                            \
    "end\n"                                                                              \
    "redis.call('PEXPIRE', KEYS[1], ARGV[1])\n"                                          \
    "if ARGV[3] ~= '1' then return {} end\n"                                             \
    "local all, out = redis.call('HGETALL', KEYS[1]), {}\n"                              \
    "for i = 1, #all, 2 do\n"                                                            \
    "  if tonumber(all[i]) < tonumber(ARGV[2]) then\n"                                   \
    "    redis.call('HDEL', KEYS[1], all[i])\n"                                          \
    "  else\n"                                                                           \
    "    out[#out + 1] = all[i]\n"                                                       \
    "    out[#out + 1] = all[i + 1]\n"                                                   \
    "  end\n"                                                                            \
    "end\n"                                                                              \
    "return out\n"

#endif
