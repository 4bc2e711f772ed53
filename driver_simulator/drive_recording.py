"""A simulated drive written down: the clip with its frames' own times, the truth beside it.

In: a performance. Out: files that stand complete up to the last frame written, even where that was not the last one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from driver_simulator.driver.moment import DriverMoment
from driver_simulator.driver.performance import Performance
from driver_simulator.scenario.frame_times import FrameTime
from driver_simulator.scenario.truth import Truth
from driver_simulator.scenario.truth_file import TruthFile, events_path, write_events
from driver_simulator.timed_moments import timed_moments
from edge_app.errors import UserError
from edge_app.face.settings import PerceptionSettings
from edge_app.views.overlay_video import OverlayVideo

_Keeper = Callable[[FrameTime, DriverMoment], None]


def _nobody(t_s: float) -> None:
    return


class DriveRecording:
    """Writes what is asked for; without a clip nothing is drawn. Raises `UserError` where it cannot be written."""

    def __init__(
        self,
        performance: Performance,
        *,
        clip: Path | None = None,
        truth: Path | None = None,
        quality_crf: int = 18,
        perception: PerceptionSettings | None = None,
    ) -> None:
        """quality_crf: constant quality of the clip, 0 without loss to 51; perception: for the scenario's portrait."""
        self._performance = performance
        self._clip = clip
        self._truth = truth
        self._quality_crf = quality_crf
        self._perception = perception
        self.frames = 0
        self.reached_s = 0.0  # time of the last frame written

    @property
    def paths(self) -> list[Path]:
        """The files it writes."""
        truth = [self._truth, events_path(self._truth)] if self._truth is not None else []
        return [*([self._clip] if self._clip is not None else []), *truth]

    def write(self, *, until_s: float, told: Callable[[float], None] = _nobody) -> None:
        """Every frame before `until_s`; `told` hears the time of each. What stops it leaves files that end there."""
        with ExitStack() as files:
            keepers = [keeper for keeper in (self._drawing(files), self._telling(files)) if keeper]
            for time, moment in timed_moments(self._performance):
                if time.t_s >= until_s:
                    break
                for keep in keepers:
                    keep(time, moment)
                self.frames += 1
                self.reached_s = time.t_s
                told(time.t_s)

    def _drawing(self, files: ExitStack) -> _Keeper | None:
        if self._clip is None:
            return None
        # Portraits and what draws them are loaded only for a clip.
        from driver_simulator.simulated_camera import SimulatedCamera

        camera = SimulatedCamera(self._performance, self._perception)
        video = files.enter_context(self._open_clip(self._clip))

        def draw(time: FrameTime, moment: DriverMoment) -> None:
            video.write(camera.picture(moment), time.t_s)

        return draw

    def _telling(self, files: ExitStack) -> _Keeper | None:
        if self._truth is None:
            return None
        events_file = events_path(self._truth)
        rows = files.enter_context(TruthFile(self._truth))
        truth = Truth(self._performance)

        def tell(time: FrameTime, moment: DriverMoment) -> None:
            rows.write(truth.row(time, moment))

        def tell_events() -> None:
            begun = [one for one in self._performance.events if one.onset_s <= self.reached_s]
            write_events(events_file, begun)

        files.callback(tell_events)
        return tell

    def _open_clip(self, path: Path) -> OverlayVideo:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"{path}: the clip cannot be written ({error.strerror})") from error
        return OverlayVideo(path, quality_crf=self._quality_crf)
