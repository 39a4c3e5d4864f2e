#!/bin/sh
# run_all.sh BUILD PROGRAM...: unit tests and fuzz seed replays, then the whole-process
# scenarios in three rows beside each other, since they mostly wait: one of those without a
# Redis, and two that take those with one from a queue, the largest files first. A few that
# fail there are run once more with the machine to themselves, and named if they pass then:
# their deadlines are those of a daemon that gets its share of the processors. The last line
# sums up all.
build=$1
unit=$(tests/run_unit.sh "$@")
unit_status=$?
printf '%s\n' "$unit"

with='redis|sentinels|cluster'
runs="$build/scenario-runs" # of each run its log and status
rm -f "$build"/scenario-*
# Names of our own, without spaces.
# shellcheck disable=SC2012,SC2046
ls -S $(grep -lE "$with" tests/scenario/test_*.py) |
    xargs -P 2 -n 1 tests/run_scenarios.sh "$build" >>"$runs" &
# shellcheck disable=SC2046
tests/run_scenarios.sh "$build" $(grep -LE "$with" tests/scenario/test_*.py) >>"$runs"
wait

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
while read -r log status; do
    last=$(tail -n 1 "$log")
    [ "$status" -eq 0 ] || cat "$log"
    printf '%s: %s\n' "${log##*/scenario-}" "$last"
    add "$last" "$status"
done <"$runs"

# Of the scenarios that failed a line each, without the reason.
again="$build/scenario-again"
# shellcheck disable=SC2046
sed -n 's/^\(FAILED\|ERROR\) \(tests\/scenario\/.*\)/\2/p' $(cut -d " " -f 1 "$runs") |
    sed 's/ - .*//' >"$again"
lines=$(wc -l <"$again")
sort -u -o "$again" "$again"
if [ "$lines" -gt 0 ] && [ "$lines" -le 5 ]; then
    echo "once more, alone:"
    cat "$again"
    xargs -d '\n' tests/run_scenarios.sh "$build" <"$again" >"$again.run"
    read -r log status <"$again.run"
    [ "$status" -eq 0 ] || cat "$log"
    last=$(tail -n 1 "$log")
    echo "alone: $last"
    failed=$((failed - lines))
    add "$last" "$status"
fi

wanted=$(($(grep -lE "$with" tests/scenario/test_*.py | wc -l) + 1))
failed=$((failed + wanted - $(wc -l <"$runs"))) # runs that told nothing
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
