"""Lids that are low while no eye can be judged: for how long, against this driver's own, and never guessed."""

from __future__ import annotations

import pytest

from edge_app.driver_state.settings import DriverStateSettings
from edge_app.driver_state.signals import Unavailable
from tests.driver_state.traces import (
    FRAME_RATES_HZ,
    Driver,
    Span,
    during,
    missing,
    watch,
)

LIDS = DriverStateSettings().lids
HIDDEN: Span = (6.0, 9.0)


def low_s(driver: Driver, until_s: float, frame_rate_hz: float = 30.0) -> float:
    return watch(driver, until_s, frame_rate_hz)[-1].presence.lids_low_s


def hidden(ratio: float, usual: float = 0.3) -> Driver:
    return Driver(
        eyes_missing=missing(Unavailable.EYES_OCCLUDED, HIDDEN),
        eye_aspect_ratio=during(ratio, HIDDEN, otherwise=usual),
    )


@pytest.mark.parametrize("frame_rate_hz", FRAME_RATES_HZ)
def test_counts_while_the_eyes_are_hidden_and_the_lids_low(frame_rate_hz: float) -> None:
    assert low_s(hidden(0.15), 8.0, frame_rate_hz) == pytest.approx(2.0, abs=2 / frame_rate_hz)


def test_is_over_when_an_eye_is_seen_again() -> None:
    assert low_s(hidden(0.15), 10.0) == 0.0


def test_low_is_what_is_low_for_this_driver() -> None:
    assert low_s(hidden(0.15, usual=0.18), 8.0) == 0.0


@pytest.mark.parametrize(("seen_until_s", "expected_s"), [(7.1, 2.0), (7.4, 0.6)])
def test_eye_seen_for_a_moment_between_flashes_of_glare_does_not_start_it_anew(
    seen_until_s: float, expected_s: float
) -> None:
    driver = Driver(
        eyes_missing=missing(Unavailable.UNCERTAIN, (6.0, 7.0), (seen_until_s, 9.0)),
        eye_aspect_ratio=during(0.15, HIDDEN, otherwise=0.3),
    )
    assert low_s(driver, 8.0) == pytest.approx(expected_s, abs=0.1)


def test_half_open_lids_are_not_learned_as_usual() -> None:
    driver = Driver(
        closure=during(0.7, (3.0, 6.0)),
        eyes_missing=missing(Unavailable.EYES_OCCLUDED, HIDDEN),
        eye_aspect_ratio=during(0.15, (3.0, 9.0), otherwise=0.3),
    )
    assert low_s(driver, 8.0) == pytest.approx(2.0, abs=0.1)


def test_what_was_usual_is_forgotten() -> None:
    hidden_s = 6.0 + LIDS.usual_memory_s + 1.0
    driver = Driver(
        eyes_missing=missing(Unavailable.EYES_OCCLUDED, (6.0, 60.0)),
        eye_aspect_ratio=during(0.15, (hidden_s, 60.0), otherwise=0.3),
    )
    assert low_s(driver, hidden_s + 3.0) == 0.0


def test_a_glimpse_of_open_eyes_is_no_habit() -> None:
    driver = Driver(
        eyes_missing=missing(Unavailable.EYES_OCCLUDED, (0.0, 5.9), HIDDEN),
        eye_aspect_ratio=during(0.5, (5.9, 6.0), otherwise=0.3),
    )
    assert low_s(driver, 8.0) == 0.0


def test_without_ever_having_seen_the_eyes_open_nothing_is_low() -> None:
    never_seen = Driver(
        eyes_missing=missing(Unavailable.EYES_OCCLUDED, (0.0, 9.0)),
        eye_aspect_ratio=during(0.1, (4.0, 9.0), otherwise=0.3),
    )
    assert low_s(never_seen, 8.0) == 0.0


def test_low_lids_that_are_read_in_doubt_do_not_count_as_seen() -> None:
    """Behind glare an eye is read now and then, low and with a great deviation; that is no sight of the eye."""
    for std, expected_s in ((0.19, 2.0), (0.05, 0.6)):
        driver = Driver(
            closure=during(0.75, (7.0, 7.4), otherwise=0.0),
            eye_std=during(std, (7.0, 7.4), otherwise=0.05),
            eyes_missing=missing(Unavailable.UNCERTAIN, (6.0, 7.0), (7.4, 9.0)),
            eye_aspect_ratio=during(0.15, HIDDEN, otherwise=0.3),
        )
        assert low_s(driver, 8.0) == pytest.approx(expected_s, abs=0.1)


def test_low_lids_that_are_read_in_doubt_are_no_unseen_lids_by_themselves() -> None:
    """Low sun makes every reading doubtful and takes single frames away: a glance down is a glance there too."""
    flicker = [(7.0 + 0.5 * k, 7.1 + 0.5 * k) for k in range(6)]
    driver = Driver(
        closure=during(0.7, (7.0, 10.0)),
        eye_std=during(0.15, (0.0, 20.0)),
        eyes_missing=missing(Unavailable.OVEREXPOSED, *flicker),
        eye_aspect_ratio=during(0.15, (7.0, 10.0), otherwise=0.3),
    )
    assert low_s(driver, 9.95) < 1.0
