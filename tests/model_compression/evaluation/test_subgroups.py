"""Groups of frames by what can be measured in the picture."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from edge_app.face.crop import FaceCrop
from edge_app.face.landmark_layout import COUNT, PARTS
from edge_app.face.observation import FaceVisibility
from model_compression.evaluation.figure import share
from model_compression.evaluation.measured import ByContestant
from model_compression.evaluation.subgroup_table import subgroup_markdown
from model_compression.evaluation.subgroups import (
    FEWEST,
    GLASSES,
    SeenFace,
    by_groups,
    groups_of,
    left_out_of_groups,
)
from tests.model_compression.evaluation.drawn_sets import BrightnessReader


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


def test_glasses_are_told_by_the_bundles_own_head_and_by_nothing_else() -> None:
    bare = BrightnessReader().observe(plain((90, 90, 90)), FaceCrop(100, 100, 100, 0))
    assert GLASSES not in groups_of(plain((90, 90, 90)), seen(), bare)
    for said, group in ((0.9, "with"), (0.1, "without")):
        visibility = FaceVisibility(1.0, 1.0, 1.0, said, 0.0, 0.0, 0.0)
        told = groups_of(plain((90, 90, 90)), seen(), replace(bare, visibility=visibility))
        assert told[GLASSES] == group


def test_model_cards_table_tells_n_people_and_interval_beside_the_rival() -> None:
    def told(uar: float, people: int | None) -> dict[str, object]:
        interval = {"n": 40, "people": people, "sources": 7, "low": uar - 0.1, "high": uar + 0.1}
        return {"figures": {"uar": uar}, "intervals": {"uar": interval}}

    groups = {
        "pose": {"over 30°": {**told(0.7, None), "rival": told(0.6, None)}},
        GLASSES: {"with": {**told(0.8, 7), "rival": None}},
        "person": {"4": {**told(0.9, 1), "rival": None}},
    }
    entry = {"kind": "truth", "path": "truth/eyes.csv", "groups": groups}
    document = {
        "bundle": {"name": "ours/1"},
        "rival": {"name": "theirs/1"},
        "sets": [{**entry, "left_out_of_groups": ["groups of fewer than 20: light dark (3)"]}],
    }
    lines = subgroup_markdown(document).splitlines()
    assert lines[0] == "| set | by | group | figure | n | people | ours/1 | theirs/1 |"
    assert lines[2:4] == [
        f"| truth eyes.csv | {GLASSES} | with | `uar` | 40 | 7 | 0.800 (0.700–0.900) | – |",
        "| truth eyes.csv | pose | over 30° | `uar` | 40 | (7 sources) | 0.700 (0.600–0.800) | 0.600 (0.500–0.700) |",
    ]
    assert lines[-1] == "- truth eyes.csv: groups of fewer than 20: light dark (3)"


def test_figures_of_a_group_carry_its_own_people_and_interval() -> None:
    groups = [{"pose": "a" if i < 60 else "b"} for i in range(90)]
    people = [str(i % 10) if i < 60 else str(i % 3) for i in range(90)]

    def figures(rows: NDArray[np.int64]) -> ByContestant:
        own = [people[row] for row in rows]
        return {"bundle": {"face_found": share([row % 7 > 0 for row in rows], own)}}

    told = by_groups(groups, figures)["pose"]
    a, b = told["a"]["bundle"]["face_found"], told["b"]["bundle"]["face_found"]
    assert (a.n, a.people, b.n, b.people) == (60, 10, 30, 3)
    assert a.low is not None and b.low is None


def test_small_groups_are_left_out_and_said_so() -> None:
    groups = [{"pose": "a", "light": "x"}] * FEWEST + [{"pose": "b", "light": "x"}] * (FEWEST - 1)
    groups += [{}, {"spectrum": "colour"}]
    told = by_groups(
        groups,
        lambda rows: {"bundle": {"face_found": share([True] * len(rows), ["1"] * len(rows))}},
    )
    assert {what: list(parts) for what, parts in told.items()} == {"pose": ["a"], "light": ["x"]}
    assert told["pose"]["a"]["bundle"]["face_found"].n == FEWEST
    assert left_out_of_groups(groups) == (
        "groups of fewer than 20, left out: pose b (19), spectrum colour (1)",
        "in no group, since nobody saw a face: 1 of 41",
    )
