"""What an analysis leaves behind in its folder: signals.csv, events.jsonl, summary.json, overlay.mp4, report.html.

With sound there is audio_visual.csv too. Files grow as `signals.partial.csv` and so on, and take their names when all
is done.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from edge_app import __version__
from edge_app.alerts.event import Event, EventType
from edge_app.camera.frame import Frame
from edge_app.driver_state.state import Calibration
from edge_app.errors import UserError
from edge_app.face.observation import Perception, temporal_heads
from edge_app.monitor import MonitorStep
from edge_app.settings import VigilSettings
from edge_app.telemetry.event_message import event_line
from edge_app.views.overlay import draw_overlay
from edge_app.views.overlay_video import OverlayVideo
from edge_app.views.report import write_report
from edge_app.views.signal_rows import blink_count, columns, row

if TYPE_CHECKING:
    from edge_app.sound.fused_clip import FusedClip

_FILES = (
    *("signals.csv", "audio_visual.csv", "events.jsonl"),
    *("summary.json", "overlay.mp4", "report.html"),
)
_STILL_WIDTH_PX = 320
_MOST_STILLS = 60


class Recording:
    """One clip's results, written as its frames go by.

    Raises `UserError` when the folder cannot be written. Without `finish`, only those partial files are left.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clip: str,
        perception: Perception,
        settings: VigilSettings,
        overlay: bool = True,
        stills: bool = False,
        image_names: Sequence[str] | None = None,
    ) -> None:
        """`image_names`: by frame number, where each frame is a file of its own; they get a column."""
        self._folder = folder
        self._clip = clip
        self._perception = perception
        self._settings = settings
        self._image_names = image_names
        self._heads = temporal_heads(perception)
        self._impairment = settings.alerts.impairment.enabled
        self._columns = columns(
            perception.expression_labels, self._heads, impairment=self._impairment
        )
        if image_names:
            self._columns.append("image")
        self._stills: list[tuple[float, bytes]] | None = [] if stills else None
        self._events: list[Event] = []
        self._frames = self._faces = 0
        self._first_s = self._last_s = 0.0
        self._unavailable: Counter[str] = Counter()
        self._blinks: float | int | str | None = None
        self._blinks_unavailable: Counter[str] = Counter()
        self._peak_perclos: float | None = None
        self._peak_level: float | None = None
        self._yawns = 0
        self._peak_probability: float | None = None
        self._head_drops = 0
        self._calibration: Calibration | None = None  # the last one
        self._glasses_seen: set[bool] = set()
        self._made_folder = not folder.exists()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for (
                name
            ) in _FILES:  # of an analysis that broke off: `finish` would take them for its own
                self._partial(name).unlink(missing_ok=True)
            self._csv_file = self._partial("signals.csv").open("w", newline="", encoding="utf-8")
            self._events_file = self._partial("events.jsonl").open("w", encoding="utf-8")
        except OSError as error:
            raise UserError(
                f"{folder}: results cannot be written here ({error.strerror}); choose another --out"
            ) from error
        self._csv = csv.writer(self._csv_file)
        self._csv.writerow(self._columns)
        self._video = OverlayVideo(self._partial("overlay.mp4")) if overlay else None

    def step(self, frame: Frame | None, step: MonitorStep) -> None:
        """What comes before the first picture is not recorded."""
        if frame is None:
            return
        state = step.state
        if self._frames == 0:
            self._first_s = state.t_s
        self._frames += 1
        self._faces += step.observation is not None
        self._last_s = state.t_s
        blinks, reason = blink_count(state)
        if reason is None:
            self._blinks = blinks
        else:
            self._blinks_unavailable[reason.value] += 1
        if state.closure.both.unavailable is not None:
            self._unavailable[state.closure.both.unavailable.value] += 1
        self._peak_perclos = _highest(self._peak_perclos, state.perclos.share)
        self._peak_level = _highest(self._peak_level, state.drowsiness.level)
        self._yawns += state.yawn.completed is not None
        self._peak_probability = _highest(self._peak_probability, state.drowsiness.probability)
        self._head_drops += state.head_drops.completed is not None
        self._calibration = state.calibration
        if state.calibration.glasses is not None:
            self._glasses_seen.add(state.calibration.glasses)
        try:
            cells = row(
                state,
                step.observation is not None,
                self._perception.expression_labels,
                step.signals,
                self._heads,
                impairment=self._impairment,
            )
            if self._image_names:
                cells.append(self._image_names[frame.index])
            self._csv.writerow(cells)
            for event in step.policy.events:
                self._events.append(event)
                self._events_file.write(json.dumps(event_line(event)) + "\n")
        except OSError as error:
            raise self._full(error) from error
        wants_still = self._stills is not None and any(
            event.type is not EventType.ALERT_ENDED for event in step.policy.events
        )
        if self._video is None and not wants_still:
            return
        overlay = draw_overlay(frame, step.observation, state, step.policy.active)
        if self._video is not None:
            self._video.write(overlay, state.t_s)
        if wants_still and self._stills is not None and len(self._stills) < _MOST_STILLS:
            height_px = round(overlay.shape[0] * _STILL_WIDTH_PX / overlay.shape[1])
            small = cv2.resize(overlay, (_STILL_WIDTH_PX, height_px), interpolation=cv2.INTER_AREA)
            self._stills.append((state.t_s, cv2.imencode(".jpg", small)[1].tobytes()))

    def finish(self, *, fused: FusedClip | None = None, **also: object) -> Path:
        """Write summary and report, give the files their names; returns the report's path.

        fused: what face and sound say together, where that was asked for. `also` is added to the summary, e.g. frames
        left out or the time that was needed.
        """
        summary = self._summary() | also
        if fused is not None:
            summary["audio_visual"] = fused.summary()
        try:
            self._csv_file.close()
            self._events_file.close()
            if self._video is not None:
                self._video.close()
            if fused is not None:
                self._write_fused(fused)
            self._partial("summary.json").write_text(
                json.dumps(summary, indent=2) + "\n", encoding="utf-8"
            )
            write_report(
                self._partial("report.html"),
                clip=self._clip,
                rows=self._rows(),
                events=self._events,
                summary=summary,
                settings=self._settings,
                stills=self._stills or (),
                header=self._columns,
                fused=fused,
            )
            for name in _FILES:
                partial, final = self._partial(name), self._folder / name
                if partial.exists():
                    partial.replace(final)
                else:
                    # Of an earlier analysis: it must not lie beside this one's results.
                    final.unlink(missing_ok=True)
        except OSError as error:
            raise self._full(error) from error
        return self._folder / "report.html"

    def discard(self) -> None:
        """There is nothing to record: leave no trace."""
        self.close()
        for name in _FILES:
            self._partial(name).unlink(missing_ok=True)
        if self._made_folder:
            self._folder.rmdir()

    def close(self) -> None:
        """Let go of the files as they are. May be called twice."""
        self._csv_file.close()
        self._events_file.close()
        if self._video is not None:
            self._video.close()

    def _write_fused(self, fused: FusedClip) -> None:
        with self._partial("audio_visual.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(fused.columns())
            writer.writerows(fused.rows())

    def _rows(self) -> Iterator[list[str]]:
        with self._partial("signals.csv").open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file)
            next(reader)
            yield from reader

    def _summary(self) -> dict[str, object]:
        frames = max(1, self._frames)
        counts = Counter(event.type.value for event in self._events)
        return {
            "clip": self._clip,
            "vigil_version": __version__,
            "perception": self._perception.name,
            "frames": self._frames,
            "duration_s": round(self._last_s - self._first_s, 3),
            "face_share": round(self._faces / frames, 4),
            "eyes_available_share": round(1 - sum(self._unavailable.values()) / frames, 4),
            "eyes_unavailable_frames": dict(self._unavailable),
            "blinks": self._blinks,
            "blinks_unavailable_frames": dict(self._blinks_unavailable),
            "yawns": self._yawns,
            "perclos_max": _rounded(self._peak_perclos),
            "drowsiness_level_max": _rounded(self._peak_level),
            "drowsiness_probability_max": _rounded(self._peak_probability),
            "head_drops": self._head_drops,
            "calibration": self._calibrated(),
            "events": dict(counts),
        }

    def _calibrated(self) -> dict[str, object]:
        """How far the last driver was known; not what was learned of him."""
        calibration = self._calibration
        if calibration is None:
            return {}
        reason = calibration.not_learning
        return {
            "progress": round(calibration.progress, 3),
            "confidence": round(calibration.confidence, 3),
            "not_learning": "none" if reason is None else reason.value,
            "glasses": [("no", "yes")[worn] for worn in sorted(self._glasses_seen)],
            "drivers": calibration.driver_number,
        }

    def _partial(self, name: str) -> Path:
        stem, suffix = name.split(".")
        return self._folder / f"{stem}.partial.{suffix}"

    def _full(self, error: OSError) -> UserError:
        return UserError(
            f"{self._folder}: writing the results failed ({error.strerror}); what was written before "
            "lies there in the .partial. files"
        )


def _highest(peak: float | None, value: float | None) -> float | None:
    if value is None:
        return peak
    return value if peak is None else max(peak, value)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
