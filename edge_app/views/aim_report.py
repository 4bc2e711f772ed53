"""The commissioning report as one page that needs nothing but itself; without a picture unless one is handed over."""

from __future__ import annotations

import base64
from functools import lru_cache
from pathlib import Path

import jinja2

from edge_app.aim.commissioning import Commissioning
from edge_app.aim.finding import Verdict
from edge_app.aim.look import Look

_HERE = Path(__file__).parent
MARKS = {Verdict.OK: "✓", Verdict.WARN: "!", Verdict.FAIL: "✕", Verdict.UNKNOWN: "?"}
VERDICT_WORDS = {
    Verdict.OK: "pass",
    Verdict.WARN: "remark",
    Verdict.FAIL: "fail",
    Verdict.UNKNOWN: "not told",
}


def aim_report(result: Commissioning) -> str:
    """HTML. Every word that came from outside is escaped by the template."""
    jpeg = result.picture_jpeg
    return (
        _environment()
        .get_template("aim_report.html")
        .render(
            result=result,
            drawing=None if result.drawn is None else _drawing(result.drawn),
            picture=None if jpeg is None else base64.b64encode(jpeg).decode("ascii"),
            marks=MARKS,
            words=VERDICT_WORDS,
            failed=[f for f in result.findings if f.verdict is Verdict.FAIL],
        )
    )


def _drawing(look: Look) -> dict[str, float] | None:
    """Where box and eyes stand in the picture, px: nothing by which a person could be known."""
    if look.face is None:
        return None
    left, top, right, bottom = look.face.box
    return {
        "width": look.width_px,
        "height": look.height_px,
        "x": left,
        "y": top,
        "box_width": right - left,
        "box_height": bottom - top,
        "left_x": look.face.eye_left_px[0],
        "left_y": look.face.eye_left_px[1],
        "right_x": look.face.eye_right_px[0],
        "right_y": look.face.eye_right_px[1],
    }


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([_HERE / "templates", _HERE / "static"]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
