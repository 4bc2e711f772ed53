"""`report.html`: what happened in a clip, on one page that needs nothing but itself.

Rows, events and the summary of an analysis come in. Every word that came from outside is escaped by the template.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
import numpy as np

import edge_app
from edge_app.alerts.event import Event, Level
from edge_app.errors import UserError
from edge_app.settings import VigilSettings
from edge_app.views import alert_reasons, legend, why_panels
from edge_app.views.alert_evidence import AlertEvidence
from edge_app.views.alert_lanes import alert_lanes
from edge_app.views.alert_spans import Span, alert_spans
from edge_app.views.charts import chart_kinds, draw_chart, plotted_columns
from edge_app.views.fused_section import fused_section
from edge_app.views.signal_rows import columns
from edge_app.views.timeline import Timeline
from edge_app.views.why_plot import WhyPlot, lay_out

if TYPE_CHECKING:
    from edge_app.sound.fused_clip import FusedClip

_HERE = Path(__file__).parent
_MOST_SPANS = 1000  # in the table
_MOST_BANDS = 200  # across the charts
_MOST_WHYS = 200
_OPEN_WHYS = 3
_TOLD_FROM_S = 1.0  # time without a count of blinks
_ALSO_READ = (
    *("eyes_closed_s", "blink_count", "blink_rate_per_min", "off_road", "lids"),
    *("calibration_progress", "driver_number"),
)


@dataclass(frozen=True, slots=True)
class Headline:
    """One figure in large type; `value` is a dash when it cannot be told, and `note` says why."""

    label: str
    value: str
    note: str = ""


def write_report(
    path: Path,
    *,
    clip: str,
    rows: Iterable[Sequence[object]],
    events: Sequence[Event],
    summary: Mapping[str, object],
    settings: VigilSettings,
    stills: Sequence[tuple[float, bytes]] = (),
    header: Sequence[str] | None = None,
    fused: FusedClip | None = None,
    title: str = "Vigil report",
) -> None:
    """Write the page to `path`.

    rows: as `signal_rows.row` gives them, or as they are read back from `signals.csv`; read once, in order.
    settings: those that the events came about with. stills: (t_s, JPEG bytes). header: the rows' columns, those of
    `columns` for the settings unless told. fused: what face and sound of the same frames say together.
    """
    kinds = chart_kinds(settings.driver_state, settings.alerts)
    impairment = settings.alerts.impairment.enabled
    read = {*plotted_columns(kinds), *_ALSO_READ, *alert_reasons.COLUMNS}
    if impairment:
        read.add(why_panels.SUSPICION)
    timeline = Timeline(header or columns(impairment=impairment), read, alert_reasons.WORDS)
    for cells in rows:
        timeline.add(cells)
    spans = alert_spans(events, timeline.end_s)
    loudest_first = sorted(spans, key=lambda span: -(span.level or 0))
    bands = alert_lanes(loudest_first[:_MOST_BANDS])
    shown = spans[:_MOST_SPANS]
    whys = _whys(shown, events, timeline, settings)
    drawn = [at for at, why in enumerate(whys) if why is not None]
    page = (
        _environment()
        .get_template("report.html")
        .render(
            title=title,
            clip=clip,
            version=edge_app.__version__,
            timeline=timeline,
            headlines=_headlines(timeline, spans),
            spans=shown,
            span_count=len(spans),
            whys=whys,
            why_count=len(drawn),
            open_whys=drawn[:_OPEN_WHYS],
            bands=bands,
            lane_rows=max((band.row + 1 for band in bands), default=1),
            charts=[draw_chart(kind, timeline) for kind in kinds],
            fused=None if fused is None else fused_section(fused),
            summary=_flattened(summary),
            stills=[(t_s, base64.b64encode(jpeg).decode("ascii")) for t_s, jpeg in stills],
            levels=list(Level),
        )
    )
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: the report cannot be written ({error.strerror})") from error


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([_HERE / "templates", _HERE / "static"]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "clock": legend.clock,
        "plain": legend.plain,
        "sentence": legend.sentence_case,
        "percent": lambda share: _percent(share),
    }
    return environment


def _whys(
    spans: Sequence[Span], events: Sequence[Event], timeline: Timeline, settings: VigilSettings
) -> list[WhyPlot | None]:
    """One for each span, None beyond the loudest `_MOST_WHYS`."""
    loudest = sorted(range(len(spans)), key=lambda at: -(spans[at].level or 0))[:_MOST_WHYS]
    evidence = AlertEvidence(
        timeline, events, driver_state=settings.driver_state, alerts=settings.alerts
    )
    plots: list[WhyPlot | None] = [None] * len(spans)
    for at in sorted(loudest):
        why = alert_reasons.explain(spans[at].event, evidence)
        plots[at] = lay_out(why) if why is not None else None
    return plots


def _headlines(timeline: Timeline, spans: Sequence[Span]) -> list[Headline]:
    alerts = [span for span in spans if span.level is not None and span.level >= Level.ADVICE]
    loudest = max((span.level for span in alerts if span.level is not None), default=None)
    off_road = timeline.values("off_road")
    return [
        Headline("alerts", str(len(alerts)), f"loudest: {loudest.word}" if loudest else "none"),
        _peak(timeline, "eyes_closed_s", "longest closure", "{:.1f} s"),
        _peak(timeline, "perclos", "highest PERCLOS", "{:.0%}"),
        _peak(timeline, "drowsiness_level", "highest drowsiness", "{:.1f}", "of 9"),
        _known(timeline),
        Headline("yawns", str(sum(span.type == "yawn" for span in spans))),
        _blinks(timeline),
        Headline("time off the road", _mean_percent(off_road), _missing_note(timeline, "off_road")),
        Headline("frames with a face", _percent(timeline.face_share())),
        Headline(
            "frames with an eye to judge",
            _mean_percent(np.isfinite(timeline.values("closure")).astype(float)),
            _missing_note(timeline, "closure"),
        ),
    ]


def _peak(timeline: Timeline, name: str, label: str, form: str, note: str = "") -> Headline:
    values = timeline.values(name)
    if not np.isfinite(values).any():
        return Headline(label, "–", _missing_note(timeline, name) or "not seen")
    at = int(np.nanargmax(values))
    return Headline(label, form.format(values[at]), note)


def _known(timeline: Timeline) -> Headline:
    """How far the driver was known at the end."""
    progress, numbers = timeline.values("calibration_progress"), timeline.values("driver_number")
    reached = progress[np.isfinite(progress)]
    if not len(reached):
        return Headline("driver known", "–", "not told")
    drivers = int(np.nanmax(numbers)) if np.isfinite(numbers).any() else 1
    return Headline(
        "driver known",
        f"{int(100 * reached[-1])}%",
        f"{drivers} drivers were noticed" if drivers > 1 else "",
    )


def _blinks(timeline: Timeline) -> Headline:
    counts = timeline.values("blink_count")
    counted = counts[np.isfinite(counts)]
    uncounted_s = (len(counts) - len(counted)) * timeline.interval_s
    note = _missing_note(timeline, "blink_count")
    if not len(counted):
        return Headline("blinks", "–", note)
    # Every clip begins with half a second in which its frame rate is not known yet.
    return Headline("blinks", f"{counted[-1]:.0f}", note if uncounted_s > _TOLD_FROM_S else "")


def _missing_note(timeline: Timeline, name: str) -> str:
    missing = timeline.missing_shares(name)
    if not missing:
        return ""
    reason, share = next(iter(missing.items()))
    return f"{_percent(share)} {legend.plain(reason)}"


def _mean_percent(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    seen = values[np.isfinite(values)]
    return _percent(float(seen.mean())) if len(seen) else "–"


def _percent(share: float | None) -> str:
    """One decimal where rounding would turn `nearly all` into `all`, or `hardly any` into `none`."""
    if share is None:
        return "–"
    percent = 100 * share
    return f"{percent:.1f}%" if 0 < percent < 1 or 99 < percent < 100 else f"{percent:.0f}%"


def _flattened(summary: Mapping[str, object], above: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in summary.items():
        name = f"{above}{legend.plain(str(key))}"
        if isinstance(value, Mapping):
            found += _flattened(value, f"{name}: ")
        elif isinstance(value, float):
            found.append((name, f"{value:.4g}"))
        elif isinstance(value, (list, tuple)):
            found.append((name, ", ".join(str(entry) for entry in value) or "none"))
        else:
            found.append((name, "unknown" if value is None else str(value)))
    return found
