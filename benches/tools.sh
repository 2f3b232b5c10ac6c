# What the benches against a load server share. Sourced by them with `feeds` and `port` set: builds the tools and
# khabar, starts the server, and ends it with the run, as it ends a `daemon`.
# shellcheck shell=bash disable=SC2034,SC2154

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=${KHABAR_TOOLS:?the folder that holds origin and floor}
work=${BENCH_DIR:-$repository/target/bench}
mkdir -p "$work"
work=$(cd "$work" && pwd)

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

urls=$work/urls.txt daemon=
"$origin" --feeds "$feeds" --port "$port" --warm --gzip --urls "$urls" >"$work/origin.log" 2>&1 &
server=$!
trap 'kill $server $daemon 2>/dev/null' EXIT
until grep -q ready "$work/origin.log"; do
    kill -0 $server 2>/dev/null || { cat "$work/origin.log" >&2; exit 1; }
    sleep 0.2
done

# What every configuration of a run has: nothing that the floor has no like of.
common_settings() {
    cat <<'TOML'
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
    awk '{ printf "\n[[feed]]\nid = \"feed-%d\"\nname = \"Outlet %d\"\nurl = \"%s\"\n", NR, NR, $1 }' "$urls"
}
