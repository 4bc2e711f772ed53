"""Studies in a folder, written by hand so that their truth is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

STUDY = """\
title: "By hand"
date: "2026-11-30"
system: "Vigil test"
road: simulator
consent: "None needed: nobody took part, numbers are made up."
"""


def write_study(folder: Path, tables: Mapping[str, str], study: str = STUDY) -> Path:
    """`tables`: file name -> text, lines without indentation."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.yaml").write_text(study, encoding="utf-8")
    for name, text in tables.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def ddaw_tables(
    drives: Mapping[str, tuple[Sequence[int], Sequence[float]]],
    *,
    interval_s: float = 300.0,
    columns: Mapping[str, Sequence[str]] | None = None,
    developers: Sequence[str] = (),
) -> dict[str, str]:
    """drives: participant -> (ratings, one each `interval_s`; warnings in seconds). Lights alternate."""
    more = dict(columns or {})
    head = "".join(f",{name}" for name in more)
    people = [f"{name},{'yes' if name in developers else 'no'}" for name in drives]
    rows = []
    for at, name in enumerate(drives):
        cells = "".join(f",{values[at]}" for values in more.values())
        rows.append(f"{name}_1,{name},{('day', 'night')[at % 2]}{cells}")
    ratings = [
        f"{name}_1,{interval_s * (at + 1):g},{kss}"
        for name, (scale, _) in drives.items()
        for at, kss in enumerate(scale)
    ]
    told = [
        f"{name}_1,{t_s:g},drowsiness,warning,"
        for name, (_, warnings) in drives.items()
        for t_s in warnings
    ]
    return {
        "participants.csv": _lines("participant,developer", people),
        "drives.csv": _lines(f"drive,participant,daylight{head}", rows),
        "ratings.csv": _lines("drive,t_s,kss", ratings),
        "outputs.csv": _lines("drive,t_s,event,level,drowsiness_level", told),
    }


def _lines(header: str, rows: Sequence[str]) -> str:
    return "\n".join([header, *rows]) + "\n"
