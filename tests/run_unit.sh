#!/bin/sh
# run_unit.sh BUILD PROGRAM...: run each test program; print what failed; last line counts.
# A program that prints "SKIP: why" as a line skipped something; that is shown.
build=$1
shift
passed=0 failed=0
export RF_BUILD="$build"
for t in "$@"; do
    log="$t.log"
    if "$t" >"$log" 2>&1; then
        n=$(sed -n 's/.*\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -n 1)
        passed=$((passed + ${n:-1}))
        grep -h '^SKIP: ' "$log" | sed "s|^|${t##*/}: |"
    else
        failed=$((failed + 1))
        echo "--- FAILED: $t"
        tail -n 40 "$log"
    fi
done
echo "unit: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
