"""Which limits stand across which signal: a window of the timeline and the settings in use in, panels out."""

from __future__ import annotations

import math
from collections.abc import Sequence

from edge_app.alerts.impairment_settings import ImpairmentAlertSettings
from edge_app.alerts.settings import DegradedSettings, DrowsinessAlertSettings
from edge_app.driver_state.drowsiness_settings import DrowsinessSettings
from edge_app.driver_state.settings import GlanceSettings, LidSettings, YawnSettings
from edge_app.driver_state.state import OffRoad
from edge_app.views.timeline import Points
from edge_app.views.why import Limit, Line, Panel
from edge_app.views.why_window import Window

COLUMNS = (
    *("closure", "closure_left", "closure_right", "eye_aspect_ratio", "valid_frame_rate_hz"),
    *("head_yaw_rad", "head_pitch_rad", "forward_yaw_rad", "forward_pitch_rad"),
    *("off_road", "off_road_s", "mouth_openness", "drowsiness_level"),
    *("perclos_without_blinks", "blink_mean_duration_s"),
)
SUSPICION = "impairment_suspicion"  # a column only where its advice is switched on
_CLOSURE_SCALE = ((0.0, "0 open"), (1.0, "1 closed"))


def closure(window: Window, settings: LidSettings, also: Sequence[Limit] = ()) -> Panel:
    return window.panel(
        "Eye closure",
        [
            window.line("closure_left", "left", 1),
            window.line("closure_right", "right", 2),
            window.line("closure", "both eyes", 3),
        ],
        [
            Limit(settings.closed_until, f"open below {settings.closed_until:g}"),
            Limit(settings.closed_from, f"closed from {settings.closed_from:g}"),
            *also,
        ],
        window.gaps("closure"),
        _CLOSURE_SCALE,
    )


def eyes_seen(window: Window) -> Panel:
    """Whether the eyes could be judged at all."""
    return window.panel(
        "Eye closure, where the eyes could be judged",
        [window.line("closure", "both eyes", 3)],
        (),
        window.gaps("closure"),
        _CLOSURE_SCALE,
    )


def cast_down(window: Window, cast_down_from: float | None) -> Panel:
    return window.panel(
        "Eye closure",
        [window.line("closure", "both eyes", 3)],
        []
        if cast_down_from is None
        else [Limit(cast_down_from, f"cast down from {cast_down_from:.2f}")],
        window.gaps("closure"),
        _CLOSURE_SCALE,
    )


def lid_outline(window: Window, settings: LidSettings, low_below: float | None) -> Panel:
    share = f"low: {100 * settings.unseen_low_share:g}% of usual"
    return window.panel(
        "Outline of the lids, gap over width",
        [window.line("eye_aspect_ratio", "gap", 2)],
        [] if low_below is None else [Limit(low_below, share)],
        window.gaps("eye_aspect_ratio"),
        ((0.0, "0 shut"), (0.3, "0.3")),
    )


def head(window: Window, settings: GlanceSettings, reason: str = "") -> Panel:
    """`reason`: of one glance, whose limits alone are drawn."""
    turned = [
        Limit(side * settings.max_yaw_deg, f"turned {settings.max_yaw_deg:g}°", 1)
        for side in (1, -1)
    ]
    down = Limit(-settings.max_down_deg, f"lowered {settings.max_down_deg:g}°", 2)
    up = Limit(settings.max_up_deg, f"raised {settings.max_up_deg:g}°", 2)
    limits = {
        OffRoad.HEAD_TURNED.value: turned,
        OffRoad.HEAD_DOWN.value: [down],
        OffRoad.HEAD_UP.value: [up],
    }.get(reason, [*turned, down])
    degrees = math.degrees(1.0)
    reach = 1.2 * max(settings.max_yaw_deg, settings.max_down_deg)
    return window.panel(
        "Head, from the direction of the road",
        [
            window.line("head_yaw_rad", "turned", 1, factor=degrees, minus="forward_yaw_rad"),
            window.line("head_pitch_rad", "raised", 2, factor=degrees, minus="forward_pitch_rad"),
        ],
        limits,
        window.gaps("head_yaw_rad", "forward_yaw_rad"),
        ((reach, ""), (0.0, "0° the road"), (-reach, "")),
    )


def glance_length(window: Window, limit_s: float) -> Panel:
    return window.panel(
        "Length of the glance",
        [window.line("off_road_s", "glance", 3)],
        [Limit(limit_s, f"limit {limit_s:g} s")],
        window.gaps("off_road_s"),
        ((0.0, "0 s"),),
    )


def glance_sum(window: Window, summed: Points, window_s: float, limit_s: float) -> Panel:
    return window.panel(
        f"Sum of the glances within {window_s:g} s",
        [Line("sum", 3, summed)],
        [Limit(limit_s, f"limit {limit_s:g} s")],
        window.gaps("off_road"),
        ((0.0, "0 s"),),
    )


def drowsiness_level(window: Window, settings: DrowsinessAlertSettings) -> Panel:
    return window.panel(
        "Drowsiness level",
        [window.line("drowsiness_level", "level", 3)],
        [
            Limit(settings.advice_level, f"advice {settings.advice_level:g}"),
            Limit(settings.warning_level, f"warning {settings.warning_level:g}"),
        ],
        window.gaps("drowsiness_level"),
        ((1.0, "1 alert"), (9.0, "9 very sleepy")),
    )


def impairment(window: Window, settings: ImpairmentAlertSettings) -> Panel:
    least, clear = 100 * settings.min_suspicion, 100 * settings.clear_suspicion
    return window.panel(
        "Suspicion of impairment",
        [window.line(SUSPICION, "suspicion", 3, factor=100.0)],
        [Limit(least, f"advice {least:g}%"), Limit(clear, f"over below {clear:g}%")],
        window.gaps(SUSPICION),
        ((0.0, "0%"), (100.0, "100%")),
    )


def perclos(window: Window, settings: DrowsinessSettings) -> Panel:
    moderate, severe = 100 * settings.perclos_moderate, 100 * settings.perclos_severe
    return window.panel(
        "PERCLOS without blinks",
        [window.line("perclos_without_blinks", "PERCLOS", 1, factor=100.0)],
        [Limit(moderate, f"moderate {moderate:g}%"), Limit(severe, f"severe {severe:g}%")],
        window.gaps("perclos_without_blinks"),
        ((0.0, "0%"),),
    )


def blink_length(window: Window, settings: DrowsinessSettings) -> Panel:
    alert_s, drowsy_s = settings.blink_alert_s, settings.blink_drowsy_s
    return window.panel(
        "Mean length of a blink",
        [window.line("blink_mean_duration_s", "blink", 2)],
        [Limit(alert_s, f"alert up to {alert_s:g} s"), Limit(drowsy_s, f"drowsy {drowsy_s:g} s")],
        window.gaps("blink_mean_duration_s"),
        ((0.0, "0 s"),),
    )


def mouth(window: Window, settings: YawnSettings) -> Panel:
    return window.panel(
        "Mouth openness",
        [window.line("mouth_openness", "mouth", 3)],
        [Limit(settings.wide_from, f"wide from {settings.wide_from:g}")],
        window.gaps("mouth_openness"),
        ((0.0, "0 closed"), (1.0, "1 wide open")),
    )


def frame_rate(window: Window, settings: DegradedSettings) -> Panel:
    least_hz = settings.min_frame_rate_hz
    return window.panel(
        "Usable frames per second",
        [window.line("valid_frame_rate_hz", "rate", 2)],
        [Limit(least_hz, f"at least {least_hz:g}")],
        (),
        ((0.0, "0"), (2 * least_hz, f"{2 * least_hz:g}")),
    )
