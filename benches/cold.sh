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

feeds=${1:-1000} rounds=${2:-3} port=8810
source "$(dirname "$0")/tools.sh"

config=$work/khabar.toml
{
    printf '[output]\nformats = ["jsonl"]\n\n'
    common_settings
} >"$config"

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
