"""Every step of the loop to the session that aims, and its picture to the page."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_app.aim.bars import AimBars
from edge_app.aim.look import look_at
from edge_app.aim.session import AimSession
from edge_app.camera.frame import Frame
from edge_app.monitor import MonitorStep
from edge_app.views.aim_picture import draw_aim
from edge_app.views.live_page import LivePage

_PICTURE_EVERY_S = 1.0
_JPEG_QUALITY = 85


class AimWatcher:
    """A `Watcher` of the loop. Keeps a picture of the driver only after the installer has said yes to it."""

    def __init__(
        self,
        session: AimSession,
        bars: AimBars,
        *,
        enough_s: float | None = None,
        stop: Callable[[], None] = lambda: None,
    ) -> None:
        """enough_s: of frame time, after which `stop` is called. `told` hears how much of it has passed."""
        self._session = session
        self._bars = bars
        self.page: LivePage | None = None
        self._enough_s = enough_s
        self._stop = stop
        self.told: Callable[[float], None] = lambda passed_s: None
        self._began_s: float | None = None
        self._kept: NDArray[np.uint8] | None = None
        self._kept_s = 0.0

    def step(self, frame: Frame | None, step: MonitorStep) -> None:
        look = look_at(frame, step)
        self._session.look(look)
        if frame is not None and look.is_frame:
            self._keep(frame)
            if self.page is not None:
                picture = draw_aim(frame, look, self._bars)
                self.page.show(picture, step.state, step.policy.active, step.signals)
        if self._began_s is None or look.t_s < self._began_s:
            self._began_s = look.t_s
        passed_s = look.t_s - self._began_s
        self.told(passed_s)
        if self._enough_s is not None and passed_s >= self._enough_s:
            self._stop()

    def picture_jpeg(self) -> bytes | None:
        """Without anything drawn in it; None where the installer has not said yes."""
        kept = self._kept
        if kept is None or not self._session.choices.picture:
            return None
        return cv2.imencode(".jpg", kept, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1].tobytes()

    def _keep(self, frame: Frame) -> None:
        if not self._session.choices.picture:
            self._kept = None
            return
        due = self._kept is None or (
            self._session.looks_ahead and frame.t_s - self._kept_s >= _PICTURE_EVERY_S
        )
        if due:
            self._kept, self._kept_s = frame.image.copy(), frame.t_s
