#!/bin/bash
# The cost of a whole pass: khabar beside the least that a Rust program must do for the same feeds.
#
#   KHABAR_TOOLS=DIR benches/cold.sh [FEEDS [ROUNDS]]      1000 feeds and 3 rounds if not told
#
# DIR holds two programs: origin, a load server on loopback, and floor, a bare loop of fetching, parsing,
# writing JSON and one sync. Each round runs floor and khabar in turn, cold (nothing known) and warm (every
# feed answers "not modified"), each in a process of its own; the medians and their ratios close the run.
# CPU seconds compare; wall time does not travel. BENCH_DIR (target/bench if not told) is where files go, and
# KHABAR is a binary to measure instead of the release build.
set -euo pipefail

feeds=${1:-1000} rounds=${2:-3}
repository=$(cd "$(dirname "$0")/.." && pwd)
tools=${KHABAR_TOOLS:?the folder that holds origin and floor}
work=${BENCH_DIR:-$repository/target/bench}
mkdir -p "$work"
work=$(cd "$work" && pwd)
port=8810

# The tools are built from a copy: their own folder may be read-only.
for tool in origin floor; do
    mkdir -p "$work/$tool"
    cp -r --no-preserve=mode "$tools/$tool/." "$work/$tool/"
    cargo build --quiet --release --manifest-path "$work/$tool/Cargo.toml" --target-dir "$work/build"
done
origin=$work/build/release/origin floor=$work/build/release/floor
khabar=${KHABAR:-}
if [ -z "$khabar" ]; then
    cargo build --quiet --release --manifest-path "$repository/Cargo.toml" --bin khabar
    khabar=${CARGO_TARGET_DIR:-$repository/target}/release/khabar
fi

urls=$work/urls.txt
"$origin" --feeds "$feeds" --port $port --warm --gzip --urls "$urls" >"$work/origin.log" 2>&1 &
server=$!
trap 'kill $server' EXIT
until grep -q ready "$work/origin.log"; do
    kill -0 $server 2>/dev/null || { cat "$work/origin.log" >&2; exit 1; }
    sleep 0.2
done

config=$work/khabar.toml
cat >"$config" <<'TOML'
[output]
formats = ["jsonl"]

[log]
level = "warn"

[fetch]
spacing = "0s"
per_host = 64
allow_private = ["127.0.0.0/8"]
robots = false

[region]
keep = "all"
TOML
awk '{ printf "\n[[feed]]\nid = \"feed-%d\"\nname = \"Outlet %d\"\nurl = \"%s\"\n", NR, NR, $1 }' "$urls" >>"$config"

# One run: user and system CPU seconds, peak resident MiB and wall seconds, appended to NAME.tsv.
measure() {
    local name=$1
    shift
    /usr/bin/env python3 - "$work/$name.tsv" "$work/$name.log" "$@" <<'PYTHON'
import os, subprocess, sys, time

table, log, *command = sys.argv[1:]
began = time.monotonic()
with open(log, "wb") as out:
    process = subprocess.Popen(command, stdout=out, stderr=out)
    _, status, usage = os.wait4(process.pid, 0)
if status:
    sys.exit(f"{command[0]} failed; see {log}")
cpu = usage.ru_utime + usage.ru_stime
with open(table, "a") as rows:
    print(f"{cpu:.3f}\t{usage.ru_maxrss / 1024:.1f}\t{time.monotonic() - began:.2f}", file=rows)
PYTHON
}

rm -f "$work"/{floor,khabar}-{cold,warm}.{tsv,log}
for _ in $(seq "$rounds"); do
    measure floor-cold "$floor" cold "$urls" "$work/floor-state"
    rm -rf "$work/out" "$work/state"
    measure khabar-cold "$khabar" once --all -c "$config"
    measure floor-warm "$floor" warm "$urls" "$work/floor-state"
    measure khabar-warm "$khabar" once --all -c "$config"
done
tail -n 3 "$work/khabar-cold.log" "$work/khabar-warm.log"

/usr/bin/env python3 - "$work" "$feeds" <<'PYTHON'
import statistics, sys

work, feeds = sys.argv[1:]

def rows(name):
    with open(f"{work}/{name}.tsv") as table:
        return [[float(field) for field in line.split("\t")] for line in table]

print(f"{feeds} feeds: median (least) CPU seconds, median peak MiB, median wall seconds")
for state, asked in ("cold", 4), ("warm", 5):
    medians = {}
    for program in "floor", "khabar":
        cpu, resident, wall = zip(*rows(f"{program}-{state}"))
        medians[program] = statistics.median(cpu)
        print(
            f"{program:6} {state}  {medians[program]:7.3f} ({min(cpu):.3f})"
            f"  {statistics.median(resident):6.1f}  {statistics.median(wall):6.2f}"
        )
    print(f"{state} ratio {medians['khabar'] / medians['floor']:.2f} (at most {asked})")
PYTHON
