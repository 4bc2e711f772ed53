"""One markdown table of a run's figures, for the documentation.

`python -m model_compression.evaluation.table OUT.json` prints it; `--into PAGE` replaces what stands in PAGE between
two marker comments.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edge_app.errors import UserError
from model_compression.evaluation.report import Json, read_document

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
_LEFT_OUT = {"teacher_agrees"}
_SHARES_IN_PERCENT = ("face_found", "false_faces", "false_faces_detector", "landmark_error")
_GROUPS_SHOWN = {
    "truth": "subset",
    "occluders": "cover",
}  # kind -> the grouping whose groups get rows of their own


def markdown(document: Json) -> str:
    """Rows: each set's figures, with interval, n and people, beside the rival's."""
    rival = document["rival"]
    names = [document["bundle"]["name"], *([rival["name"]] if rival else [])]
    header = ["set", "figure", "n", "people", *names]
    lines = [_row(header), _row(["---"] * len(header))]
    for entry in document["sets"]:
        place = f"{entry['kind']} {Path(entry['path']).name}"
        lines += _figure_rows(place, entry, entry["people"], rival is not None)
        shown = entry["groups"].get(_GROUPS_SHOWN.get(entry["kind"], ""), {})
        for group, figures in shown.items():
            lines += _figure_rows(
                f"{place}, {group.replace('_', '-')}", figures, None, rival is not None
            )
    bundle = document["bundle"]
    machine = document["machine"]
    lines += [
        "",
        f"{document['date'][:10]}, {machine['cpu']}, commit {machine['commit']}; {bundle['name']}"
        f" (sha256 {bundle['sha256'][:12]}…). In brackets: 95 % interval.",
    ]
    return "\n".join(lines) + "\n"


def put_into(page: Path, table: str) -> None:
    """Replace what stands between the markers of a page. Raises `UserError` where they are missing."""
    try:
        text = page.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"{page}: cannot be read ({error.strerror})") from error
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UserError(
            f"{page}: has no pair of lines {BEGIN} and {END}; add them where the table goes"
        )
    page.write_text(f"{before}{BEGIN}\n\n{table}\n{END}{after}", encoding="utf-8")


def _figure_rows(place: str, entry: Json, people: int | None, with_rival: bool) -> list[str]:
    rows = []
    for name in entry["figures"]:
        own = _cell(name, entry)
        if name in _LEFT_OUT or own is None:
            continue
        interval = entry["intervals"][name]
        known = interval["people"] if interval["people"] is not None else people
        cells = [place, f"`{name}`", str(interval["n"]), "–" if known is None else str(known), own]
        if with_rival:
            cells.append((_cell(name, entry["rival"]) if entry["rival"] else None) or "–")
        rows.append(_row(cells))
    return rows


def _cell(name: str, entry: Json) -> str | None:
    value = entry["figures"].get(name)
    if value is None:
        return None
    interval = entry["intervals"][name]
    text = _number(name, value)
    if interval["low"] is None:
        return text
    return f"{text} ({_number(name, interval['low'])}–{_number(name, interval['high'])})"


def _number(name: str, value: float) -> str:
    if name in _SHARES_IN_PERCENT:
        return f"{100 * value:.2f} %"
    if name.endswith("_deg"):
        return f"{value:.2f}°"
    return f"{value:.3f}"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("document", type=Path)
    parser.add_argument("--into", type=Path)
    given = parser.parse_args()
    try:
        table = markdown(read_document(given.document))
        if given.into is None:
            sys.stdout.write(table)
        else:
            put_into(given.into, table)
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
