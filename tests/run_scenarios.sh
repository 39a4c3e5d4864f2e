#!/bin/sh
# run_scenarios.sh BUILD FILE|FILE::TEST...: these scenarios in one run of pytest, into a log
# of their own. Prints "LOG STATUS".
build=$1
shift
case "$*" in
*::*) name=again-alone ;;
*" "*) name=several ;;
*) name=$(basename "$1" .py) ;;
esac
log="$build/scenario-$name.log"
RF_BUILD="$build" ${PYTHON:-/usr/bin/python3} -m pytest -q -p no:cacheprovider "$@" >"$log" 2>&1
echo "$log $?"
