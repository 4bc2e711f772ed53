"""Every step of the loop to the live page, with the overlay drawn on its picture."""

from __future__ import annotations

from edge_app.camera.frame import Frame
from edge_app.monitor import MonitorStep
from edge_app.views.live_page import LivePage
from edge_app.views.overlay import draw_overlay


class PageWatcher:
    """A `Watcher` of the loop."""

    def __init__(self, page: LivePage) -> None:
        self._page = page

    def step(self, frame: Frame | None, step: MonitorStep) -> None:
        for event in step.policy.events:
            self._page.add_event(event)
        if frame is None:
            return
        overlay = draw_overlay(frame, step.observation, step.state, step.policy.active)
        self._page.show(overlay, step.state, step.policy.active, step.signals)
