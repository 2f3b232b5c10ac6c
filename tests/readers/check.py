#!/usr/bin/env python3
"""Reads an output directory with the tools that its readers use, and fails where they disagree.

    check.py DIR [--readme README.md] …

Every file is compared with the manifest, every line with its schema; DuckDB (through views.sql), pandas,
Polars and jq must each find the same records. With --readme, the examples of that file which are marked
`<!-- test: duckdb|pandas|jq -->` are run in DIR. The exit status is 1 if anything failed.
"""

import argparse
import hashlib
import io
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import duckdb
import jsonschema
import pandas
import polars
import pyarrow

# Kind of record: its folder, the view with one row for each record, and the fields that make a row of the
# comparison after `seq`.
KINDS = {
    "article": ("articles", "article_revisions", ("id", "revision")),
    "placement": ("placements", "placements", ("article", "story")),
    "story": ("stories", "story_states", ("id", "article_count")),
    "event": ("events", "events", ("kind", "detail")),
}
# Views with one row for each thing, whatever the number of its records, and the field that names it.
LATEST = {"articles": ("article", "id"), "stories": ("story", "id")}
FAULTS_SHOWN_MAX = 20


class Report:
    """What was found; prints as it goes."""

    def __init__(self):
        self.faults = 0

    def ok(self, message):
        print(f"ok    {message}")

    def fault(self, message):
        self.faults += 1
        if self.faults <= FAULTS_SHOWN_MAX:
            print(f"FAIL  {message}", file=sys.stderr)

    def expect(self, what, found, expected):
        if found == expected:
            return True
        self.fault(f"{what}: found {found}, expected {expected}")
        return False


def read_whole(path):
    """The bytes of a data file, decompressed if its name says so."""
    compression = "zstd" if path.suffix == ".zst" else None
    with pyarrow.input_stream(str(path), compression=compression) as stream:
        return stream.read()


def is_parquet(entry):
    return entry["path"].endswith(".parquet")


def load_manifest(root, report):
    """The entries of the manifest, each compared with its file, and the ranges of `seq` that were removed."""
    entries = []
    lines = [json.loads(line) for line in (root / "MANIFEST.jsonl").read_text().splitlines()]
    removed = {entry["path"]: entry for entry in lines if "removed" in entry}
    for number, entry in enumerate(lines, 1):
        if entry["path"] in removed:
            continue
        path = root / entry["path"]
        where = f"MANIFEST.jsonl, line {number}: {entry['path']}"
        if not path.is_file():
            report.fault(f"{where} is missing")
            continue
        stored = path.read_bytes()
        report.expect(f"{where}: bytes", len(stored), entry["bytes"])
        report.expect(f"{where}: SHA-256", hashlib.sha256(stored).hexdigest(), entry["sha256"])
        entries.append(entry)
    repeated = [path for path, n in Counter(e["path"] for e in entries).items() if n > 1]
    report.expect("paths named twice in MANIFEST.jsonl", repeated, [])
    return entries, [entry for entry in removed.values() if not is_parquet(entry)]


def folder_of(entry):
    return entry["path"].removeprefix("parquet/").split("/")[0]


def files_of(root, entries, kind):
    folder = KINDS[kind][0]
    return [
        root / entry["path"] for entry in entries if not is_parquet(entry) and folder_of(entry) == folder
    ]


def read_records(root, entries, report):
    """Every record by kind, each line compared with its schema; the reference for what follows."""
    records = {}
    for kind in KINDS:
        schema = json.loads((root / f"schema/{kind}-1.json").read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
        validator = jsonschema.Draft202012Validator(schema, format_checker=checker)
        records[kind] = []
        for path in files_of(root, entries, kind):
            name = path.relative_to(root)
            whole = read_whole(path)
            if not whole.endswith(b"\n"):
                report.fault(f"{name} does not end with a line end")
            for number, line in enumerate(whole.decode().rstrip("\n").split("\n"), 1):
                record = json.loads(line)
                for error in validator.iter_errors(record):
                    report.fault(f"{name}, line {number}: {error.json_path}: {error.message}")
                missing = schema.get("properties", {}).keys() - record.keys()
                report.expect(f"{name}, line {number}: missing keys", sorted(missing), [])
                report.expect(f"{name}, line {number}: record", record.get("record"), kind)
                records[kind].append(record)
        rows = sum(e["rows"] for e in entries if not is_parquet(e) and folder_of(e) == KINDS[kind][0])
        report.expect(f"{kind} lines against the manifest", len(records[kind]), rows)
    return records


def check_order(records, removed, report):
    """`seq` rises by one over all kinds, from 1, but for what was removed."""
    seqs = sorted(record["seq"] for kind in records.values() for record in kind)
    twice = [seq for seq, n in Counter(seqs).items() if n > 1]
    report.expect("seq that stand twice", twice[:5], [])
    last = max([*seqs, *(entry["last_seq"] for entry in removed)], default=0)
    missing = set(range(1, last + 1)).difference(seqs)
    gone = sum(entry["rows"] for entry in removed)
    missing_unsaid = missing.difference(*(range(e["first_seq"], e["last_seq"] + 1) for e in removed))
    report.expect("seq that are missing", sorted(missing_unsaid)[:5], [])
    report.expect("records that are missing against those that were removed", len(missing), gone)


def check_links(records, removed, report):
    """Placements name articles and stories that are there; every article is placed."""
    if removed:
        return
    articles = {record["id"] for record in records["article"]}
    stories = {record["id"] for record in records["story"]}
    placed = {record["article"] for record in records["placement"]}
    report.expect("articles without a placement", sorted(articles - placed)[:5], [])
    report.expect("placements of unknown articles", sorted(placed - articles)[:5], [])
    wanted = {record["story"] for record in records["placement"]}
    report.expect("placements in unknown stories", sorted(wanted - stories)[:5], [])
    revisions = Counter((record["id"], record["revision"]) for record in records["article"])
    report.expect("revisions written twice", [r for r, n in revisions.items() if n > 1][:5], [])


def check_package(root, report):
    """`datapackage.json` is what the Frictionless tool takes for a valid package."""
    try:
        import frictionless
    except ImportError:
        report.ok("skipped: the package, since frictionless is not installed")
        return
    found = frictionless.validate(str(root / "datapackage.json"), type="package")
    if report.expect("datapackage.json", found.flatten(["message"])[:5], []):
        report.ok("datapackage.json is a valid Frictionless package")


def checksum(rows):
    """Of rows of (seq, field, field), whatever their order and the types of their numbers."""
    lines = sorted(f"{int(seq)}\t{a}\t{b}" for seq, a, b in rows)
    return len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()


def open_views(root):
    connection = duckdb.connect()
    connection.execute("SET VARIABLE khabar = ?", [str(root)])
    connection.execute((root / "views.sql").read_text())
    return connection


def rows_duckdb(connection, kind):
    _, view, (a, b) = KINDS[kind]
    return connection.execute(f'SELECT seq, "{a}", "{b}" FROM {view}').fetchall()


def rows_pandas(files, kind):
    frames = [
        pandas.read_json(io.BytesIO(read_whole(path)), lines=True, dtype=False)
        for path in files
    ]
    return rows_of(pandas.concat(frames)[["seq", *KINDS[kind][2]]].itertuples(index=False))


def rows_polars(files, kind):
    frames = [
        polars.read_ndjson(io.BytesIO(read_whole(path)), infer_schema_length=None).select(
            "seq", *KINDS[kind][2]
        )
        for path in files
    ]
    return rows_of(polars.concat(frames).iter_rows())


def rows_jq(files, kind):
    fields = ", ".join(f".{field}" for field in ("seq", *KINDS[kind][2]))
    program = f"[{fields}]"
    rows = []
    for path in files:
        result = subprocess.run(
            ["jq", "-c", program], input=read_whole(path), capture_output=True, check=True
        )
        rows += [json.loads(line) for line in result.stdout.splitlines()]
    return rows_of(rows)


def rows_of(rows):
    return [tuple(row) for row in rows]


def check_tools(root, entries, records, report):
    connection = open_views(root)
    tools = {"pandas": rows_pandas, "Polars": rows_polars, "jq": rows_jq}
    for kind, (_, view, fields) in KINDS.items():
        rows = [(r["seq"], *(r[field] for field in fields)) for r in records[kind]]
        expected = checksum(rows)
        files = files_of(root, entries, kind)
        found = {"DuckDB": checksum(rows_duckdb(connection, kind))}
        for tool, read in tools.items():
            found[tool] = checksum(read(files, kind)) if files else (0, checksum([])[1])
        agree = [report.expect(f"{kind} records in {tool}", f, expected) for tool, f in found.items()]
        if all(agree):
            report.ok(f"{expected[0]} {kind} records in {', '.join(found)}")
    for view, (kind, key) in LATEST.items():
        latest = {}
        for record in sorted(records[kind], key=lambda record: record["seq"]):
            latest[record[key]] = record["seq"]
        rows = dict(connection.execute(f"SELECT {key}, seq FROM {view}").fetchall())
        if report.expect(f"rows of the view {view}", checksum_of(rows), checksum_of(latest)):
            report.ok(f"{len(latest)} rows in the view {view}")
    check_placed(connection, records, report)
    check_parquet(root, entries, records, report)


def checksum_of(seq_by_id):
    return checksum((seq, name, "") for name, seq in seq_by_id.items())


def check_placed(connection, records, report):
    """The view `articles` has the latest placement of each."""
    latest = {}
    for record in sorted(records["placement"], key=lambda record: record["seq"]):
        latest[record["article"]] = record["story"]
    rows = dict(connection.execute("SELECT id, story.id FROM articles").fetchall())
    wrong = sorted(article for article, story in rows.items() if latest.get(article, story) != story)
    report.expect("articles in the view articles with a placement that does not hold", wrong[:5], [])


def check_parquet(root, entries, records, report):
    """The Parquet files of a day hold the same records as its JSON Lines of that range of `seq`."""
    days = {}
    for entry in entries:
        if is_parquet(entry):
            days.setdefault(str(Path(entry["path"]).parent), []).append(entry)
    for folder, parts in sorted(days.items()):
        kind = next(kind for kind, item in KINDS.items() if item[0] == folder_of(parts[0]))
        day, fields = folder.rsplit("=")[1], KINDS[kind][2]
        time = "written" if kind == "article" else "at"
        last = max(entry["last_seq"] for entry in parts)
        rows = [
            (r["seq"], *(r[field] for field in fields))
            for r in records[kind]
            if r[time].startswith(day) and r["seq"] <= last
        ]
        paths = [str(root / entry["path"]) for entry in parts]
        found = {
            "Polars": polars.read_parquet(paths, hive_partitioning=False).select("seq", *fields).iter_rows(),
            "pandas": pandas.concat(pandas.read_parquet(path, partitioning=None) for path in paths)[
                ["seq", *fields]
            ].itertuples(index=False),
        }
        for tool, frame in found.items():
            if report.expect(f"{folder} in {tool} against the JSON Lines", checksum(frame), checksum(rows)):
                report.ok(f"{len(rows)} {kind} records of {folder} in {tool}")


def examples(readme):
    """The marked examples of a Markdown file: (tool, line, text)."""
    text = readme.read_text()
    pattern = r"<!-- test: (\w+) -->\s*\n```\w*\n(.*?)\n```"
    for match in re.finditer(pattern, text, re.DOTALL):
        yield match[1], text.count("\n", 0, match.start()) + 1, match[2]


def run_duckdb(text, root):
    """The script as DuckDB's shell would run it in `root`; `.read FILE` is its one command used here."""
    connection = duckdb.connect()
    script = re.sub(r"^\.read (\S+)$", lambda m: Path(m[1]).read_text(), text, flags=re.MULTILINE)
    return str(connection.sql(script))


def run_pandas(text, root):
    return run_process([sys.executable, "-c", text])


def run_jq(text, root):
    return run_process(["sh", "-c", text])


def run_process(arguments):
    result = subprocess.run(arguments, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"exit status {result.returncode}: {result.stderr.strip()}")
    return result.stdout


RUNNERS = {"duckdb": run_duckdb, "pandas": run_pandas, "jq": run_jq}


def check_examples(root, readme, report):
    found = list(examples(readme))
    if not found:
        report.fault(f"{readme} has no marked examples")
    os.chdir(root)
    for tool, line, text in found:
        where = f"{readme.name}, line {line} ({tool})"
        try:
            output = RUNNERS[tool](text, root)
        except Exception as error:
            report.fault(f"{where}: {error}")
            continue
        if output.strip():
            report.ok(f"{where} gives {len(output.splitlines())} lines")
        else:
            report.fault(f"{where} prints nothing")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dir", type=Path)
    parser.add_argument("--readme", type=Path, action="append", default=[])
    arguments = parser.parse_args()
    root = arguments.dir.resolve()
    readmes = [readme.resolve() for readme in arguments.readme]
    if not (root / "MANIFEST.jsonl").is_file():
        sys.exit(f"{root} is no output directory: it has no MANIFEST.jsonl")
    report = Report()
    entries, removed = load_manifest(root, report)
    records = read_records(root, entries, report)
    report.ok(f"{len(entries)} files and {sum(map(len, records.values()))} lines against their schemas")
    check_order(records, removed, report)
    check_links(records, removed, report)
    check_package(root, report)
    check_tools(root, entries, records, report)
    for readme in readmes:
        check_examples(root, readme, report)
    if report.faults:
        sys.exit(f"{report.faults} faults in {root}")


if __name__ == "__main__":
    main()
