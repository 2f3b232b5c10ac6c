#!/bin/bash
# What unchanged feeds cost a daemon that runs: khabar beside the least that a Rust program must do, and peers.
#
#   KHABAR_TOOLS=DIR benches/running.sh [FEEDS [PASSES]]      1000 feeds and 3 passes if not told
#
# DIR holds origin, a load server on loopback that counts what it is asked; floor, a bare loop of fetching; and
# peers/, scripts in Python of which those run that find their modules. All are measured in one run, each warm:
# whatever it asks is answered "not modified". The daemon polls every feed twice a minute; its CPU is taken from
# the kernel between two moments, with all that it does besides, and told for one pass over all feeds.
# CPU seconds compare; wall time does not travel. BENCH_DIR, KHABAR and PYTHON as in cold.sh.
set -euo pipefail

feeds=${1:-1000} passes=${2:-3} port=8812 every=30
source "$(dirname "$0")/tools.sh"

config=$work/running.toml
{
    cat <<TOML
[output]
dir = "out-running"
formats = ["jsonl"]

[state]
dir = "state-running"

[poll]
interval = "${every}s"
min_interval = "${every}s"
max_interval = "${every}s"

TOML
    common_settings
} >"$config"

# One run of a program: user and system CPU seconds.
cpu_of() {
    /usr/bin/env python3 - "$work/running.log" "$@" <<'PYTHON'
import os, subprocess, sys

log, *command = sys.argv[1:]
with open(log, "ab") as out:
    process = subprocess.Popen(command, stdout=out, stderr=out)
    _, status, usage = os.wait4(process.pid, 0)
if status:
    sys.exit(f"{command[0]} failed; see {log}")
print(f"{usage.ru_utime + usage.ru_stime:.3f}")
PYTHON
}

# What the server counted since the last call: requests, conditional ones, "not modified", bytes of bodies.
counted() {
    curl -s "http://127.0.0.1:$port/stats" |
        /usr/bin/env python3 -c 'import json, sys; s = json.load(sys.stdin); print(s["feed"], s["conditional"], s["n304"], s["bytes"])'
    curl -s "http://127.0.0.1:$port/reset" >/dev/null
}

# Seconds of CPU that a process has had so far.
cpu_so_far() { awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) / hz }' "/proc/$1/stat"; }

echo "$feeds feeds, unchanged: CPU seconds of a pass"
rm -rf "$work"/{out,state}-running "$work"/peer-* "$work/running.log"
cpu_of "$floor" cold "$urls" "$work/floor-state" >/dev/null
for _ in $(seq "$passes"); do cpu_of "$floor" warm "$urls" "$work/floor-state"; done | sort -n >"$work/floor-running.txt"
least=$(sed -n "$(((passes + 1) / 2))p" "$work/floor-running.txt")
echo "floor   $least"

"$khabar" once --all -c "$config" >>"$work/running.log" 2>&1
"$khabar" run -c "$config" >>"$work/running.log" 2>&1 &
daemon=$!
# The first polls after a start come together.
sleep $((2 * every))
counted >/dev/null
began=$(cpu_so_far $daemon)
sleep $((passes * every))
ended=$(cpu_so_far $daemon)
read -r asked conditional unchanged bytes < <(counted)
resident=$(awk '/^VmRSS/ { print $2 / 1024 }' "/proc/$daemon/status")
kill $daemon && wait $daemon && daemon=
awk -v cpu="$(echo "$ended $began" | awk '{ print $1 - $2 }')" -v asked="$asked" -v feeds="$feeds" -v least="$least" \
    -v conditional="$conditional" -v unchanged="$unchanged" -v bytes="$bytes" -v resident="$resident" 'BEGIN {
    pass = cpu / asked * feeds
    printf "khabar  %.3f, %.2f of the floor (at most 2); %d polls, %.1f %% conditional, %d unchanged, %d body bytes, %.1f MiB\n",
        pass, pass / least, asked, 100 * conditional / asked, unchanged, bytes, resident
}'

for peer in aio reader_peer script; do
    python=${PYTHON:-python3} script=$tools/peers/$peer.py
    if ! "$python" "$script" cold "$urls" "$work/peer-$peer" >>"$work/running.log" 2>&1; then
        echo "$peer  left out: it does not run here (see $work/running.log)"
        continue
    fi
    echo "$peer  $(cpu_of "$python" "$script" warm "$urls" "$work/peer-$peer")"
done
