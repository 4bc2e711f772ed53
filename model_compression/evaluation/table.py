"""One markdown table of a run's figures, for the documentation.

`python -m model_compression.evaluation.table OUT.json` prints it; `--into PAGE` replaces what stands in PAGE between
two marker comments.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from edge_app.errors import UserError
from model_compression.evaluation.report import Json, left_out_sentences, read_document

BRACKETS = (
    "In brackets: 95 % interval over people or other sources; of fewer than five there is none."
)
_TRAINING_RENDERER = (
    "`training_renderer`: the lids are moved by the code that drew the students' training pictures, which flatters"
    " them; `second_renderer`: by another, never trained on."
)
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
_SHARES_IN_PERCENT = (
    "face_found",
    "false_faces",
    "false_faces_detector",
    "landmark_error",
    "teacher_agrees",
)
_GROUPS_SHOWN = {  # kind -> the grouping whose groups get rows of their own
    "truth": "subset",
    "occluders": "cover",
    "headpose": "training",
    "nir": "training",
}


def markdown(document: Json) -> str:
    """Rows: each set's figures, with interval, n and people, beside the rival's."""
    rival = document["rival"]
    names = [document["bundle"]["name"], *([rival["name"]] if rival else [])]
    header = ["set", "figure", "n", "people", *names]
    lines = [row(header), row(["---"] * len(header))]
    for entry in document["sets"]:
        place = f"{entry['kind']} {Path(entry['path']).name}"
        lines += [row(cells) for cells in figure_rows(place, entry, with_rival=rival is not None)]
        shown = entry["groups"].get(_GROUPS_SHOWN.get(entry["kind"], ""), {})
        for group, figures in shown.items():
            of_group = f"{place}, {group.replace('_', '-')}"
            lines += [
                row(cells) for cells in figure_rows(of_group, figures, with_rival=rival is not None)
            ]
    remarks = [
        f"- {entry['kind']} {Path(entry['path']).name}: {sentence}"
        for entry in document["sets"]
        for sentence in left_out_sentences(entry["left_out"])
    ]
    if any("aperture_error_training_renderer" in entry["figures"] for entry in document["sets"]):
        remarks.append(f"- {_TRAINING_RENDERER}")
    bundle = document["bundle"]
    machine = document["machine"]
    lines += [
        "",
        f"{document['date'][:10]}, {machine['cpu']}, commit {machine['commit']}; {bundle['name']}"
        f" (sha256 {bundle['sha256'][:12]}…{_ran_as(bundle['files'])}). {BRACKETS}",
        *(["", *remarks] if remarks else []),
    ]
    return "\n".join(lines) + "\n"


def _ran_as(files: Json) -> str:
    """files: by part, as in the document: runtime, precision and file."""
    words = [f"{part} in {' '.join(ran.split()[:2])}" for part, ran in files.items()]
    return f"; {', '.join(words)}" if words else ""


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


def figure_rows(
    place: str, entry: Json, *, with_rival: bool, names: Sequence[str] | None = None
) -> list[list[str]]:
    """Cells: `place`, figure, n, people or sources, the bundle's value, the rival's. names: only these figures."""
    rows = []
    for name in entry["figures"] if names is None else names:
        own = _cell(name, entry)
        if own is None:
            continue
        cells = [place, f"`{name}`", *_behind(entry["intervals"][name]), own]
        if with_rival:
            cells.append((_cell(name, entry["rival"]) if entry["rival"] else None) or "–")
        rows.append(cells)
    return rows


def row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _behind(interval: Json) -> tuple[str, str]:
    """Observations, and people where they are known, else other sources."""
    if interval["people"] is not None:
        return str(interval["n"]), str(interval["people"])
    return str(interval["n"]), f"({interval['sources']} sources)"


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
