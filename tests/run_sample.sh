#!/bin/sh
# run_sample.sh BUILD: judge sample traffic with the starter rules in a daemon of its own:
# verdicts with their reasons, then the interception counters. Leaves nothing behind.
set -eu
build=$1
dir=$(mktemp -d)
daemon=
finish() {
    [ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
    [ -z "$daemon" ] || wait "$daemon" 2>/dev/null || true
    rm -rf "$dir"
}
trap finish EXIT INT TERM

cat >"$dir/ringfenced.yaml" <<END
feed: {listen: ["unix:$dir/feed.sock"], early: 3650d, late: 3650d}
rules: [rules]
events: {file: $dir/events.json}
ops: {control: $dir/control.sock}
state_dir: $dir/state
END
mkdir "$dir/state"
${PYTHON:-/usr/bin/python3} tests/sample.py >"$dir/sample.ndjson"
echo "== $(wc -l <"$dir/sample.ndjson") sample records of all three kinds, starter rules"
"$build/ringfenced" -c "$dir/ringfenced.yaml" 2>"$dir/log" &
daemon=$!
tries=0
until "$build/ringfence" status -s "$dir/control.sock" >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ] || ! kill -0 "$daemon" 2>/dev/null; then
        cat "$dir/log" >&2
        exit 1
    fi
    sleep 0.1
done
"$build/ringfence" send -q -a "unix:$dir/feed.sock" "$dir/sample.ndjson" >"$dir/replies"

echo "== some verdicts"
for verdict in allow warn block; do
    grep -n "\"verdict\":\"$verdict\"" "$dir/replies" | awk -F: 'NR % 97 == 1 {print $1}' |
        head -n 4 | while read -r n; do
        sed -n "${n}p" "$dir/sample.ndjson" | cut -c1-160
        printf '  -> '
        sed -n "${n}p" "$dir/replies" | cut -c1-300
    done
done

echo "== interception counters"
"$build/ringfence" stats -s "$dir/control.sock"
"$build/ringfence" status -s "$dir/control.sock" || true
kill "$daemon"
wait "$daemon"
daemon=
echo "== stopped"
