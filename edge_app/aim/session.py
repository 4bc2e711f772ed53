"""One commissioning from the first look to the verdict: what is seen now, the steps, the installer's choices.

Looks come from the perception thread, acts from the page's; neither waits for long.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from calibration.camera.gaze_zones import Side
from calibration.camera.mounting import Mounting, mounting_of
from edge_app.aim.bars import bars_of
from edge_app.aim.driver_findings import (
    covered_finding,
    direction_finding,
    lean_finding,
    mounting_in,
    range_finding,
    seen_findings,
    side_finding,
)
from edge_app.aim.finding import AimFinding, Verdict, gravest
from edge_app.aim.found_settings import MOUNTS, Mount, found_settings, guessed_mount
from edge_app.aim.look import Look
from edge_app.aim.looks import WINDOW_S, Looks, LookWindow
from edge_app.aim.picture_findings import (
    camera_finding,
    distance_finding,
    eye_distance_finding,
    face_finding,
    frame_rate_finding,
    glasses_finding,
    length_finding,
    light_finding,
    place_finding,
    sharpness_finding,
)
from edge_app.aim.step_findings import (
    closed_eyes_finding,
    glance_finding,
    heard_finding,
    left_out_finding,
)
from edge_app.aim.steps import STEPS, Step, StepKey, StepRun
from edge_app.aim.view import View
from edge_app.alerts.event import EventType
from edge_app.settings import VigilSettings

_HEARD_FOR_S = 3.0  # the alert goes on after its step, so that it can be noticed
_CLOSED_EYES_ALERTS = (EventType.MICROSLEEP, EventType.SLEEP, EventType.UNRESPONSIVE)
_CHOICES: dict[str, dict[str, object]] = {
    "heard": {"heard": True},
    "not_heard": {"heard": False},
    "picture": {"picture": True},
    "no_picture": {"picture": False},
    "settings": {"settings": True},
    "no_settings": {"settings": False},
    "left": {"side": "left"},
    "right": {"side": "right"},
    "auto": {"side": None},
}
ACTS = frozenset(("start", "skip", "again", *_CHOICES, *(f"mount_{mount}" for mount in MOUNTS)))


@dataclass(frozen=True, slots=True)
class Choices:
    """What the installer has said; nothing is taken for granted."""

    side: Side | None = None
    mount: Mount | None = None
    picture: bool = False
    settings: bool = False
    heard: bool | None = None


class AimSession:
    """Raises nothing: what a camera cannot show is a finding."""

    def __init__(
        self,
        settings: VigilSettings,
        view: View,
        *,
        outputs: Sequence[str] = (),
        failing: Callable[[], Sequence[str]] = tuple,
        window_s: float = WINDOW_S,
    ) -> None:
        """outputs: of the cabin, by name; failing: those that fail now; window_s: what `now` rests on."""
        self._bars = bars_of(settings)
        self._view = view
        self._outputs, self._failing = tuple(outputs), failing
        told = settings.driver_state.gaze_zone.driver_side
        self._set_side: Side | None = None if told == "auto" else told
        self._lock = threading.RLock()
        self._window = LookWindow(window_s)
        self._run = StepRun()
        self._ahead: Looks | None = None
        self._by_step: dict[StepKey, AimFinding] = {}
        self._side_seen: Side | None = None
        self._sounds_until_s: float | None = None
        self.choices = Choices()
        self.t_s = 0.0

    def look(self, look: Look) -> None:
        with self._lock:
            self._window.step(look)
            self.t_s = look.t_s
            self._side_seen = look.side or self._side_seen
            ends = self._awaits_alert and any(kind in _CLOSED_EYES_ALERTS for kind in look.alerts)
            over = self._run.step_on(look, is_enough=ends)
            if over is not None:
                self._judge(*over)

    def act(self, word: str) -> bool:
        """Whether such an act is known."""
        with self._lock:
            if word not in ACTS:
                return False
            if word == "start":
                self._run.start()
            elif word == "skip":
                step = self._run.step
                if step is not None and step.key not in self._by_step:
                    self._by_step[step.key] = left_out_finding(step)
                self._run.skip()
            elif word == "again":
                self._run.again()
            else:
                self._choose(word)
            return True

    @property
    def may_sound(self) -> bool:
        """Only where closed eyes are tried may the cabin sound: an installer's glances are nobody's distraction."""
        until_s = self._sounds_until_s
        return self._awaits_alert or (until_s is not None and self.t_s < until_s)

    @property
    def looks_ahead(self) -> bool:
        """The step in which the driver looks ahead is running."""
        step = self._run.step
        return self._run.runs and step is not None and step.key is StepKey.AHEAD

    @property
    def run(self) -> StepRun:
        return self._run

    @property
    def side(self) -> Side | None:
        return self.choices.side or self._set_side or self._side_seen

    @property
    def mount(self) -> Mount | None:
        """As chosen, else guessed."""
        with self._lock:
            mounting = mounting_in(self._measured)
            guess = None if mounting is None else guessed_mount(mounting, self.side)
            return self.choices.mount or guess

    @property
    def now(self) -> tuple[AimFinding, ...]:
        """Of the last seconds."""
        with self._lock:
            return self._findings(self._window.looks, looks_ahead=self.looks_ahead)

    @property
    def newest(self) -> Look | None:
        with self._lock:
            return self._window.looks.last_with_face

    @property
    def steps(self) -> tuple[AimFinding, ...]:
        """Of all steps that are over, and what the driver said of the alert."""
        with self._lock:
            found = [self._by_step[step.key] for step in STEPS if step.key in self._by_step]
            alert = self._by_step.get(StepKey.EYES_CLOSED)
            if alert is not None and alert.verdict is not Verdict.UNKNOWN:
                found.append(heard_finding(self.choices.heard))
            return tuple(found)

    def result(self, *, with_steps: bool = True) -> tuple[AimFinding, ...]:
        """All findings of the report: by the step that looked ahead, else by the last seconds."""
        with self._lock:
            findings = self._findings(self._measured, looks_ahead=True)
            if not with_steps:
                return (findings[0], length_finding(self._measured), *findings[1:])
            left_out = tuple(
                left_out_finding(step) for step in STEPS if step.key not in self._by_step
            )
            return (*findings, *self.steps, *left_out)

    @property
    def found_settings(self) -> str:
        """The lines of YAML; empty where nothing was found."""
        roll_rad = self._measured.middle(lambda face: face.roll_rad)
        roll_deg = None if roll_rad is None else math.degrees(roll_rad)
        return found_settings(self.side, self.mount, roll_deg)

    @property
    def drawn(self) -> Look | None:
        """The look of which the report has its drawing."""
        return self._measured.last_with_face

    @property
    def verdict(self) -> Verdict:
        return gravest(self.result())

    @property
    def _measured(self) -> Looks:
        return self._ahead if self._ahead is not None else self._window.looks

    @property
    def _awaits_alert(self) -> bool:
        step = self._run.step
        return self._run.runs and step is not None and step.key is StepKey.EYES_CLOSED

    def _findings(self, looks: Looks, *, looks_ahead: bool) -> tuple[AimFinding, ...]:
        bars, view = self._bars, self._view
        return (
            camera_finding(looks),
            face_finding(looks, bars),
            place_finding(looks, view, bars),
            eye_distance_finding(looks, bars),
            distance_finding(looks, view, bars),
            light_finding(looks, bars),
            sharpness_finding(looks, bars),
            direction_finding(looks, bars, looks_ahead=looks_ahead),
            range_finding(looks, bars),
            lean_finding(looks, bars),
            *seen_findings(looks, bars),
            covered_finding(looks, bars),
            glasses_finding(looks),
            frame_rate_finding(looks, bars),
            side_finding(self.choices.side or self._set_side, self._side_seen),
        )

    def _judge(self, step: Step, looks: Looks) -> None:
        if step.key is StepKey.AHEAD:
            self._ahead = looks
            worst = gravest(
                finding
                for finding in self._findings(looks, looks_ahead=True)
                if finding.verdict is not Verdict.UNKNOWN and finding.key != "side"
            )
            found = {Verdict.OK: "all well", Verdict.WARN: "with remarks"}.get(worst, "red lines")
            to_do = "do what stands beside the red lines" if worst is Verdict.FAIL else ""
            self._by_step[step.key] = AimFinding(
                step.key.value, step.title, worst, found, "no red line", to_do
            )
        elif step.key is StepKey.EYES_CLOSED:
            self._by_step[step.key] = closed_eyes_finding(looks, self._outputs, self._failing())
            self._sounds_until_s = self.t_s + _HEARD_FOR_S
            self.choices = replace(self.choices, heard=None)
        else:
            self._by_step[step.key] = glance_finding(step, looks, self._forward(), self.side)

    def _forward(self) -> Mounting | None:
        """By the camera's frame, in which heads are told."""
        if self._ahead is None:
            return None
        yaw_rad = self._ahead.middle_of(lambda look: look.head_yaw_rad)
        pitch_rad = self._ahead.middle_of(lambda look: look.head_pitch_rad)
        if yaw_rad is None or pitch_rad is None:
            return None
        return mounting_of(yaw_rad, pitch_rad)

    def _choose(self, word: str) -> None:
        if word in _CHOICES:
            self.choices = replace(self.choices, **_CHOICES[word])  # type: ignore[arg-type]
        for mount in MOUNTS:
            if word == f"mount_{mount}":
                self.choices = replace(self.choices, mount=mount)
