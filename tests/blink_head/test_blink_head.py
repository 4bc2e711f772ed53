"""The last blinks as numbers for the head, and what it answers as probabilities and a level."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_app.blink_head.head import BlinkHead
from edge_app.blink_head.rows import MOST_BLINKS, blinks_input

_NUMBERS = st.floats(-300.0, 300.0)
_ROWS = st.lists(st.tuples(_NUMBERS, _NUMBERS, _NUMBERS), min_size=1, max_size=45)


class ToldSession:
    """Answers what it is told to, and remembers what it was asked."""

    def __init__(self, logits: tuple[float, float, float], level: float) -> None:
        self.logits, self.level = logits, level
        self.asked: list[NDArray[np.float32]] = []

    def run(self, inputs: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        self.asked.append(inputs["blinks"].copy())
        return {
            "logits": np.array([self.logits], dtype=np.float32),
            "level": np.array([[self.level]], dtype=np.float32),
        }


@given(_ROWS)
def test_the_last_thirty_blinks_stand_at_the_end_and_are_marked(
    rows: list[tuple[float, float, float]],
) -> None:
    blinks = blinks_input(rows)
    count = min(len(rows), MOST_BLINKS)
    assert blinks.shape == (1, 30, 4) and blinks.dtype == np.float32
    assert not blinks[0, : 30 - count].any()
    assert (blinks[0, 30 - count :, 3] == 1).all()
    np.testing.assert_allclose(
        blinks[0, 30 - count :, :3], np.array(rows[-count:]), rtol=1e-6, atol=1e-30
    )


@pytest.mark.parametrize("rows", [[], [(1.0, 2.0)], [(1.0, float("nan"), 0.0)]])
def test_no_blink_and_what_is_no_blink_is_refused(rows: list[tuple[float, float, float]]) -> None:
    with pytest.raises(ValueError, match="three finite numbers"):
        blinks_input(rows)


def test_reading_holds_probabilities_the_level_and_on_how_many_blinks_it_rests() -> None:
    session = ToldSession((0.0, 1.0, 3.0), 7.5)
    reading = BlinkHead(session).step([(0.1, 2.0, -0.5)] * 7)
    assert reading.alert + reading.low_vigilance + reading.drowsy == pytest.approx(1.0)
    assert reading.drowsy / reading.low_vigilance == pytest.approx(np.exp(2.0))
    assert (reading.level, reading.blinks) == (7.5, 7)
    assert BlinkHead(session).step([(0.1, 2.0, -0.5)] * 99).blinks == MOST_BLINKS


@pytest.mark.parametrize(
    ("logits", "level"), [((np.nan, 0.0, 0.0), 5.0), ((0.0, 0.0, 0.0), np.inf)]
)
def test_an_answer_that_is_no_number_is_an_error(
    logits: tuple[float, float, float], level: float
) -> None:
    with pytest.raises(RuntimeError, match="numbers"):
        BlinkHead(ToldSession(logits, level)).step([(0.0, 0.0, 0.0)])
