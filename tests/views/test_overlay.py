"""The overlay: legible at every size, honest about what is missing, harmless on any input."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from edge_app.alerts.event import ActiveAlert, EventType, Level
from edge_app.camera.frame import Frame
from edge_app.driver_state.signals import Signal, Unavailable
from edge_app.views.gauges import gauges
from edge_app.views.legend import LEVEL_BGR
from edge_app.views.overlay import draw_overlay
from tests.views.drivers import driver, face, frame, picture

ALERT = ActiveAlert(EventType.MICROSLEEP, Level.WARNING, 0.0, "eyes_closed")


@pytest.mark.parametrize("size", [(320, 240), (640, 480), (480, 640), (1280, 720), (1920, 1080)])
@pytest.mark.parametrize("monochrome", [False, True])
def test_overlay_has_the_frame_s_size_in_colour_and_leaves_the_frame_alone(size, monochrome):
    before = frame(*size, monochrome=monochrome)
    drawn = draw_overlay(before, face(*size), driver(), (ALERT,))
    assert drawn.shape == (size[1], size[0], 3)
    assert np.array_equal(before.image, picture(*size, monochrome=monochrome))


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (64, 48), (3000, 20), (20, 3000)])
def test_absurd_frame_sizes_are_drawn_without_failing(size):
    drawn = draw_overlay(frame(*size), face(*size), driver(absent=Unavailable.NO_FACE), (ALERT,))
    assert drawn.shape == (size[1], size[0], 3)


@pytest.mark.parametrize("wild", [np.nan, np.inf, 1e30])
def test_wild_landmarks_and_signals_are_not_drawn_and_do_not_fail(wild):
    seen = face()
    landmarks = replace(
        seen.landmarks,
        eyelid_left=np.full((16, 2), wild, np.float32),
        iris_right=np.empty((0, 2), np.float32),
        nose=np.full((3, 2), wild, np.float32),
    )
    state = replace(driver(), head_yaw_rad=Signal.of(wild), mouth_openness=Signal.of(wild))
    draw_overlay(frame(), replace(seen, landmarks=landmarks), state, ())


def test_unavailable_gauge_gives_its_reason_and_is_no_gauge_at_zero():
    hidden = {
        gauge.label: gauge for gauge in gauges(driver(eyes_missing=Unavailable.EYES_OCCLUDED))
    }
    assert hidden["Closure L"].fraction is None
    assert hidden["Closure L"].text == "eyes occluded"
    assert hidden["PERCLOS"].fraction is None
    assert hidden["Mouth"].fraction == 0.05


def test_unavailable_gauge_looks_different_from_one_at_zero():
    at_zero = draw_overlay(frame(), None, driver(closure=0.0), ())
    missing = draw_overlay(frame(), None, driver(eyes_missing=Unavailable.EYES_OCCLUDED), ())
    # Inside the first gauge's bar: plain when empty, striped when there is no value.
    assert at_zero[447:452, 12:80].std() == 0
    assert missing[447:452, 12:80].std() > 20


@pytest.mark.parametrize("level", list(Level))
def test_banner_has_the_colour_of_the_loudest_alert(level):
    alerts = (
        ActiveAlert(EventType.DEGRADED, Level.NOTICE, 0.0, "blurred"),
        ActiveAlert(EventType.DROWSINESS, level, 0.0, "perclos"),
    )
    drawn = draw_overlay(frame(), None, driver(), alerts)
    assert tuple(drawn[1, 1]) == LEVEL_BGR[level]


@pytest.mark.parametrize("order", [1, -1])
def test_of_equally_loud_alerts_the_banner_names_the_newest_as_the_cabin_does(order):
    older = ActiveAlert(EventType.DROWSINESS, Level.WARNING, 0.0, "perclos")
    newer = ActiveAlert(EventType.OFF_ROAD_GLANCE, Level.WARNING, 5.0, "head_down")
    both, alone = (
        draw_overlay(frame(), None, driver(), alerts)[:30, :200]
        for alerts in ((older, newer)[::order], (newer,))
    )
    assert np.array_equal(both, alone)


def test_no_alert_no_banner():
    assert tuple(draw_overlay(frame(), None, driver(), ())[1, 600]) == (120, 120, 120)


def test_overlay_of_a_vga_frame_costs_less_than_two_milliseconds():
    shown = Frame(picture(640, 480), 0.0, 0), face(), driver(), (ALERT,)
    costs_s = []
    for _ in range(60):
        began_s = time.perf_counter()
        draw_overlay(*shown)
        costs_s.append(time.perf_counter() - began_s)
    assert min(costs_s) < 0.002
