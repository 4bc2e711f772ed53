"""What an installed camera must reach. Limits that perception itself keeps to come from its settings."""

from __future__ import annotations

from dataclasses import dataclass

from edge_app.settings import VigilSettings

_LEANING_BACK = 1.1
_NOTHING_ENLARGED_PX = 35.0


@dataclass(frozen=True, slots=True)
class AimBars:
    """`least_` and `most_`: beyond it is red; `good_`: from there on it is green. Yellow lies between.

    The part that reads the face sees 112 px for 3.2 distances of the eyes, so from 35 px on nothing is enlarged for it;
    below its own limit perception calls a face low_resolution, and a driver who leans back by a tenth must not fall
    below that. Where no source is named a bar is a choice.
    """

    least_eye_distance_px: float  # a tenth above perception.min_eye_distance_px
    good_eye_distance_px: float
    least_luma: float  # perception.min_face_luma
    most_saturated_share: float  # perception.max_saturated_share
    good_frame_rate_hz: float  # driver_state.blink.min_frame_rate_hz
    both_eyes_yaw_deg: float  # perception.max_eye_yaw_deg
    least_frame_rate_hz: float = 10.0
    good_seen_share: float = 0.95  # of frames while the driver looks ahead
    least_seen_share: float = 0.85
    most_covered_share: float = 0.15  # of frames with an eye or the mouth covered
    good_covered_share: float = 0.05
    # Of `blur_effect`: simulated lenses give 0.31 to 0.38 when sharp, 0.52 at a blur of 1.5 px, 0.62 at 3 px.
    good_blur: float = 0.45
    most_blur: float = 0.58
    # To each side of the eyes: half a head's breadth and the way that a driver leans.
    good_room_m: float = 0.18
    least_room_m: float = 0.12
    good_distance_m: tuple[float, float] = (0.4, 1.2)
    possible_distance_m: tuple[float, float] = (0.25, 2.0)
    good_yaw_deg: float = 30.0  # docs/first-run.md
    good_pitch_deg: tuple[float, float] = (-25.0, 20.0)  # camera below, above the eyes
    possible_pitch_deg: tuple[float, float] = (-40.0, 35.0)
    most_lean_deg: float = 8.0  # of an upright head in the picture


def bars_of(settings: VigilSettings) -> AimBars:
    perception = settings.perception
    least_px = _LEANING_BACK * perception.min_eye_distance_px
    return AimBars(
        least_eye_distance_px=least_px,
        good_eye_distance_px=max(_NOTHING_ENLARGED_PX, least_px),
        least_luma=perception.min_face_luma,
        most_saturated_share=perception.max_saturated_share,
        good_frame_rate_hz=settings.driver_state.blink.min_frame_rate_hz,
        both_eyes_yaw_deg=perception.max_eye_yaw_deg,
    )
