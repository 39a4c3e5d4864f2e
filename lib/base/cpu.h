/* What the processor can do: asked before code is called that is compiled for more than
 * every processor has. Any thread; no more than a look at what was found at the start. */
#ifndef RF_BASE_CPU_H
#define RF_BASE_CPU_H

#include <stdbool.h>

/* AVX2, and what came with it: for targets among avx2, bmi, bmi2 and popcnt. */
static inline bool rf_cpu_has_avx2(void)
{
#ifdef __x86_64__
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
#else
    return false;
#endif
}

/* For targets among these and avx512f, avx512bw, avx512vl, avx512vbmi and avx512vbmi2.
 * Not lzcnt: not every compiler can ask for it, and a processor without it runs another
 * instruction in its place. */
static inline bool rf_cpu_has_avx512(void)
{
#ifdef __x86_64__
    return rf_cpu_has_avx2() && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2");
#else
    return false;
#endif
}

#endif
