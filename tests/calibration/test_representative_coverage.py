"""Coverage tells in which cells of light and pose the chosen pictures lie; cells without any picture do not count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.quantization.contact_sheet import CAPTION_PX, COLUMNS, TILE_PX, contact_sheet
from calibration.quantization.coverage import coverage, coverage_text
from calibration.quantization.representative import picture_features, representative


def told(luma: list, yaw_deg: list, pitch_deg: list, chosen: list, people: list | None = None):
    return coverage(
        np.array(luma, dtype=float),
        np.radians(yaw_deg),
        np.radians(pitch_deg),
        people or [f"p{number}" for number in range(len(luma))],
        np.array(chosen, dtype=np.int64),
    )


def test_cells_differ_by_light_by_side_and_by_pitch() -> None:
    usual, dark, left, right, down = (
        (110, 0, 0),
        (30, 0, 0),
        (110, -20, 0),
        (110, 20, 0),
        (110, 0, -20),
    )
    luma, yaw, pitch = zip(usual, usual, dark, left, right, down, strict=True)
    whole = told(luma, yaw, pitch, [0, 2, 3, 4, 5])
    assert (whole.cells_there, whole.cells_chosen, whole.share) == (5, 5, 1.0)
    some = told(luma, yaw, pitch, [0, 1, 3])
    assert (some.cells_chosen, some.share) == (2, 0.4)


def test_people_are_counted_and_the_unnamed_apart() -> None:
    own = told([110] * 5, [0] * 5, [0] * 5, [0, 1, 3], ["a", "a", "b", "", ""])
    assert (own.people_chosen, own.people_there, own.unnamed_chosen) == (1, 2, 1)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 255), st.floats(-90, 90), st.floats(-90, 90)),
        min_size=1,
        max_size=40,
    ),
    st.randoms(use_true_random=False),
)
def test_counts_add_up_and_nothing_is_covered_that_is_not_there(pictures: list, random) -> None:
    luma, yaw, pitch = zip(*pictures, strict=True)
    chosen = random.sample(range(len(luma)), random.randint(1, len(luma)))
    own = told(luma, yaw, pitch, chosen)
    assert own.there.sum() == len(luma) and own.chosen.sum() == len(chosen)
    assert (own.chosen <= own.there).all()
    assert 0 < own.share <= 1


def test_text_has_a_row_for_each_light_and_what_it_comes_to() -> None:
    text = coverage_text(told([30, 110, 110], [0, 0, 20], [0, 0, 0], [0, 1], ["a", "", "c"]))
    assert "below 50" in text and "1/1" in text and "0/1" in text
    assert "2 of 3 covered (67%)" in text
    assert "people: 1 of 2, and 1 pictures of people not named" in text


def test_no_picture_is_an_error() -> None:
    with pytest.raises(ValueError, match="no picture"):
        told([], [], [], [])


def test_choosing_by_light_and_pose_covers_more_cells_than_chance() -> None:
    rng = np.random.default_rng(0)
    n = 2_000
    luma = np.clip(rng.normal(120, 25, n), 0, 255)
    yaw, pitch = rng.normal(0, 0.15, n), rng.normal(0, 0.1, n)
    pictures = [np.full((4, 4), round(value), dtype=np.uint8) for value in luma]
    features = picture_features(pictures, yaw.astype(np.float32), pitch.astype(np.float32))
    people = [f"p{number}" for number in range(n)]
    rows = representative(features, 60, rng, people)
    by_chance = [rng.choice(n, 60, replace=False) for _ in range(20)]
    own, *others = (coverage(luma, yaw, pitch, people, each).share for each in (rows, *by_chance))
    assert own > max(others)


def test_sheet_shows_each_picture_in_its_place() -> None:
    pictures = [np.full((40, 40), 10 * number, dtype=np.uint8) for number in range(1, COLUMNS + 2)]
    sheet = contact_sheet(pictures, ["x"] * len(pictures))
    assert sheet.shape == (2 * (TILE_PX + CAPTION_PX), COLUMNS * TILE_PX, 3)
    assert (sheet[5, TILE_PX + 5] == 20).all()
    assert (sheet[TILE_PX + CAPTION_PX + 5, 5] == 10 * len(pictures)).all()


def test_tall_picture_fits_its_tile() -> None:
    sheet = contact_sheet([np.full((90, 30), 200, dtype=np.uint8)], ["x"])
    assert (sheet[:TILE_PX, :32] == 200).all() and (sheet[:TILE_PX, 34:] < 200).all()


def test_sheet_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="0 pictures"):
        contact_sheet([], [])
