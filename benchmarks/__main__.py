"""Run the rows: one JSON line each on standard output, then a table on standard error.

Ends with 1 where a row misses its bar or fails.
"""

import argparse
from collections.abc import Iterator
from importlib import import_module
import json
import os
import pkgutil
import platform
import sqlite3
import sys
import traceback

from . import rows
from .row import Row
from .rows.calibration import ROWS as CALIBRATION


def main() -> int:
    """Run what was asked for, calibration first and last."""
    parser = argparse.ArgumentParser(prog="scripts/benchmark", description=__doc__)
    parser.add_argument("words", nargs="*", help="run only rows whose name contains one of these words")
    parser.add_argument("--list", action="store_true", help="print the rows' names")
    parser.add_argument("--long", action="store_true", help="also the rows that take a quarter of an hour each")
    asked = parser.parse_args()
    found = [row for row in _rows(long=asked.long) if not asked.words or any(word in row.name for word in asked.words)]
    if asked.list:
        print("\n".join(row.name for row in found))
        return 0
    if not found:
        parser.error("no such row")
    results = [_run(row) for row in (*CALIBRATION, *found, *CALIBRATION)]
    _print_table(results)
    if os.getloadavg()[0] > 1.5:
        print("\nThe machine was busy with other things: times are longer than they need be.", file=sys.stderr)
    return 1 if any(result["ok"] is False for result in results) else 0


def _rows(*, long: bool) -> Iterator[Row]:
    """Return the rows of all modules, in the order of their names; calibration frames them."""
    for module in sorted(pkgutil.iter_modules(rows.__path__), key=lambda one: one.name):
        if module.name != "calibration":
            found = import_module(f"{rows.__name__}.{module.name}")
            yield from found.ROWS
            if long:
                yield from getattr(found, "LONG_ROWS", ())


def _run(row: Row) -> dict[str, object]:
    """Measure one row, print its JSON line, and return it."""
    print(f"{row.name} …", file=sys.stderr, flush=True)
    line: dict[str, object] = {"row": row.name, "unit": row.unit, "bar": row.bar}
    try:
        measured = row.measure()
    except Exception:  # noqa: BLE001 - one row's failure must not hide the others
        traceback.print_exc()
        line |= {"value": None, "ok": False}
    else:
        line |= {"value": round(measured.value, 3), "ok": row.meets_bar(measured.value)}
        line |= {"details": dict(measured.details), "remarks": list(measured.remarks)}
    line |= {"load": round(os.getloadavg()[0], 1), "cores": os.cpu_count()}
    line |= {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, "machine": platform.machine()}
    print(json.dumps(line, ensure_ascii=False), flush=True)
    return line


def _print_table(results: list[dict[str, object]]) -> None:
    """Print the table, and the remarks (query plans and the like) below it."""
    words = {True: "ok", False: "MISSED", None: ""}
    width = max(len(str(result["row"])) for result in results)
    print(file=sys.stderr)
    for result in results:
        value = "failed" if result["value"] is None else f"{result['value']:,}"
        verdict = next(word for key, word in words.items() if key is result["ok"])
        print(
            f"{result['row']:<{width}}  {value:>14} {result['unit']:<16} {result['bar']:<10} {verdict}", file=sys.stderr
        )
    for result in results:
        remarks = result.get("remarks")
        if isinstance(remarks, list) and remarks:
            print(f"\n{result['row']}:", *remarks, sep="\n  ", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
