"""Groups of frames by what can be measured in the picture."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from edge_app.face.landmark_layout import COUNT, PARTS
from model_compression.evaluation.figure import share
from model_compression.evaluation.subgroup_table import subgroup_markdown
from model_compression.evaluation.subgroups import FEWEST, SeenFace, by_groups, groups_of


def seen(yaw_deg: float = 0.0, eyes_apart_px: float = 60.0) -> SeenFace:
    points = np.tile(np.array([100, 100], dtype=np.float32), (COUNT, 1))
    for side, sign in (("left", 1), ("right", -1)):
        points[PARTS[f"eyelid_{side}"], 0] += sign * eyes_apart_px / 2
    angle = np.linspace(0, math.tau, 36, endpoint=False)
    points[PARTS["oval"], 0] += (70 * np.cos(angle)).astype(np.float32)
    points[PARTS["oval"], 1] += (80 * np.sin(angle)).astype(np.float32)
    points[PARTS["lips_outer"], 1] += 45
    return SeenFace(points, math.radians(yaw_deg), 0.0)


def plain(bgr: tuple[int, int, int]) -> NDArray[np.uint8]:
    return np.full((200, 200, 3), bgr, dtype=np.uint8)


def test_grey_picture_is_infrared_or_grey_and_has_no_skin_tone() -> None:
    for picture in (plain((90, 90, 90)), plain((90, 90, 90))[..., 0]):
        groups = groups_of(picture, seen())
        assert groups["spectrum"] == "infrared or grey"
        assert "apparent skin tone" not in groups


def test_apparent_skin_tone_follows_lightness() -> None:
    def tone(bgr: tuple[int, int, int]) -> str:
        return groups_of(plain(bgr), seen())["apparent skin tone"]

    # sRGB of the Monk scale's tones 2, 5 and 9, which ITA puts into light, medium and dark.
    assert tone((0xDB, 0xE7, 0xF3)) == "light"
    assert tone((0x91, 0xB8, 0xD7)) in ("light", "medium")
    assert tone((0x1E, 0x24, 0x29)) == "dark"


def test_pose_light_and_size_are_binned() -> None:
    turned = groups_of(plain((40, 50, 60)), seen(yaw_deg=-40, eyes_apart_px=30))
    assert turned["pose"] == "over 30°"
    assert turned["light"] == "dark" and turned["light from"] == "all around"
    assert turned["eye distance"] == "under 40 px"
    half = plain((150, 150, 150))
    half[:, :100] = 60
    assert groups_of(half, seen())["light from"] == "one side"


def test_face_outside_the_picture_has_no_light() -> None:
    groups = groups_of(plain((90, 90, 90))[:30, :30], seen())
    assert "light" not in groups and groups["pose"] == "up to 15°"


def test_model_cards_table_has_a_row_for_each_group_beside_the_rival() -> None:
    def told(uar: float) -> dict[str, object]:
        return {"figures": {"uar": uar}, "intervals": {"uar": {"n": 40}}}

    groups = {
        "pose": {"over 30°": {**told(0.7), "rival": told(0.6)}},
        "person": {"4": {**told(0.9), "rival": None}},
    }
    document = {"sets": [{"kind": "truth", "path": "truth/eyes.csv", "groups": groups}]}
    rows = subgroup_markdown(document).splitlines()[2:]
    assert rows == ["| truth eyes.csv | pose | over 30° | 40 | `uar` 0.700 / 0.600 |"]


def test_small_groups_and_groupings_of_one_group_are_left_out() -> None:
    groups = [{"pose": "a", "light": "x"}] * FEWEST + [{"pose": "b", "light": "x"}] * (FEWEST - 1)
    told = by_groups(groups, lambda rows: {"bundle": {"face_found": share([True] * len(rows))}})
    assert list(told) == ["pose"]
    assert told["pose"].keys() == {"a"}
    assert told["pose"]["a"]["bundle"]["face_found"].n == FEWEST
