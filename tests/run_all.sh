#!/bin/sh
# run_all.sh BUILD PROGRAM...: unit tests and fuzz seed replays, then the whole-process
# scenarios in three runs beside each other, since they mostly wait: those without a Redis,
# and two halves of those with one. The last line sums up all.
build=$1
unit=$(tests/run_unit.sh "$@")
unit_status=$?
printf '%s\n' "$unit"

# files RUN: its scenarios, a name a line.
files() {
    with='redis|sentinels|cluster'
    case $1 in
    plain) grep -LE "$with" tests/scenario/test_*.py ;;
    *) grep -lE "$with" tests/scenario/test_*.py | awk -v half="$1" 'NR % 2 == half' ;;
    esac
}
# scenarios RUN: into a log of its own.
scenarios() {
    # Names of our own, without spaces.
    # shellcheck disable=SC2046
    RF_BUILD="$build" ${PYTHON:-/usr/bin/python3} -m pytest -q -p no:cacheprovider \
        $(files "$1") >"$build/scenario-$1.log" 2>&1
}
scenarios 0 &
half0=$!
scenarios 1 &
half1=$!
scenarios plain
plain_status=$?
wait $half0
half0_status=$?
wait $half1
half1_status=$?
cat "$build/scenario-plain.log" "$build/scenario-0.log" "$build/scenario-1.log"

passed=0
failed=0
count() {
    printf '%s\n' "$2" | sed -n "s/.*[^0-9]\([0-9][0-9]*\) $1.*/\1/p" | tail -n 1
}
# add LINE STATUS: a last line's counts; a run that failed without one stands for one.
add() {
    p=$(count passed " $1")
    f=$(count failed " $1")
    e=$(count error " $1")
    [ "$2" -eq 0 ] || [ "${f:-0}${e:-0}" != 00 ] || f=1
    passed=$((passed + ${p:-0}))
    failed=$((failed + ${f:-0} + ${e:-0}))
}
add "$(printf '%s\n' "$unit" | tail -n 1)" "$unit_status"
add "$(tail -n 1 "$build/scenario-plain.log")" "$plain_status"
add "$(tail -n 1 "$build/scenario-0.log")" "$half0_status"
add "$(tail -n 1 "$build/scenario-1.log")" "$half1_status"
echo "$passed passed, $failed failed"
[ "$unit_status$plain_status$half0_status$half1_status" = 0000 ]
