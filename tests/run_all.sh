#!/bin/sh
# run_all.sh BUILD PROGRAM...: unit tests and fuzz seed replays, then the whole-process
# scenarios. The last line sums up both.
build=$1
unit=$(tests/run_unit.sh "$@")
unit_status=$?
printf '%s\n' "$unit"
scenario_log="$build/scenario.log"
RF_BUILD="$build" ${PYTHON:-/usr/bin/python3} -m pytest -q -p no:cacheprovider tests/scenario \
    >"$scenario_log" 2>&1
scenario_status=$?
cat "$scenario_log"
count() {
    printf '%s\n' "$2" | sed -n "s/.*[^0-9]\([0-9][0-9]*\) $1.*/\1/p" | tail -n 1
}
last=" $(tail -n 1 "$scenario_log")"
up=$(count passed " $(printf '%s\n' "$unit" | tail -n 1)")
uf=$(count failed " $(printf '%s\n' "$unit" | tail -n 1)")
sp=$(count passed "$last")
sf=$(count failed "$last")
se=$(count error "$last")
[ "$scenario_status" -eq 0 ] || [ "${sf:-0}${se:-0}" != 00 ] || sf=1
echo "$((${up:-0} + ${sp:-0})) passed, $((${uf:-0} + ${sf:-0} + ${se:-0})) failed"
[ "$unit_status" -eq 0 ] && [ "$scenario_status" -eq 0 ]
