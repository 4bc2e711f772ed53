"""Yawning, talking, laughing, singing, eating, sneezing: what mouth, cheeks, lids and head do in each."""

from __future__ import annotations

import math

import numpy as np

from driver_simulator.driver.course import Knot
from driver_simulator.driver.movement_score import MovementScore, Shape

# Rhythms. Syllables: the mouth opens 2 to 7 times a second, mostly 4 to 5 (Chandrasekaran et al. 2009). Laughter: notes
# every 0.21 s (Provine and Yong 1991). Chewing: 1.2 to 1.6 a second (Po et al. 2011). All recalled.
_SYLLABLE_S = (0.17, 0.29)
_LAUGH_NOTE_S = 0.21
_CHEW_HZ = (1.2, 1.6)
# Openings, phrases and pauses are a choice.
_PHRASE_S, _PAUSE_S = (0.8, 3.5), (0.3, 1.1)
_TALK_JAW, _SING_JAW = (0.12, 0.62), (0.35, 0.75)
_SING_VOWEL_S, _SING_BREATH_S = (0.3, 2.0), (0.25, 0.5)
_LAUGH_BURST_S, _LAUGH_PAUSE_S = (0.6, 1.6), (0.15, 0.45)
_BITE_EVERY_S = (4.5, 8.0)
_BITE_S = 1.3


def yawn(score: MovementScore, from_s: float, duration_s: float, lids: float) -> Shape:
    """A slow rise, a plateau, a quicker fall (Barbizet 1958). lids: how far they come down at the widest point."""
    end_s = from_s + duration_s
    shape = Shape(from_s, from_s + 0.34 * duration_s, end_s - 0.26 * duration_s, end_s)
    score.hold("jaw_drop", shape, 0.95)
    score.hold("lip_stretcher", shape, 0.25)
    score.hold("brow_lowerer", shape, 0.3)
    score.hold("nose_wrinkler", shape, 0.25)
    widest_s = shape.full_from_s + 0.5 * (shape.full_until_s - shape.full_from_s)
    half_s = min(0.05 * duration_s, 0.3)
    eyes = Shape(
        from_s + 0.22 * duration_s, widest_s - half_s, widest_s + half_s, end_s - 0.18 * duration_s
    )
    score.hold("lids_narrow", eyes, lids)
    score.hold("head_pitch", shape, math.radians(7.0))
    score.hold("shift_up", shape, 0.006)
    return shape


def talk(
    score: MovementScore,
    span: tuple[float, float],
    loudness: float,
    mimicry: float,
    chance: np.random.Generator,
) -> Shape:
    """Syllables in phrases with pauses between."""
    jaw = _Rhythm(span[0])
    lips = _Rhythm(span[0])
    while jaw.t_s < span[1] - _SYLLABLE_S[1]:
        phrase_until_s = min(jaw.t_s + chance.uniform(*_PHRASE_S), span[1])
        while jaw.t_s + _SYLLABLE_S[1] < phrase_until_s:
            syllable_s = float(chance.uniform(*_SYLLABLE_S))
            jaw.swing(syllable_s, mimicry * loudness * float(chance.uniform(*_TALK_JAW)))
            lips.swing(syllable_s, mimicry * float(chance.uniform(0.0, 0.35)))
        pause_s = float(chance.uniform(*_PAUSE_S))
        _nod_along(score, jaw.t_s, pause_s, span[1], chance)
        jaw.rest(pause_s)
        lips.rest(pause_s)
    score.move("jaw_drop", jaw.knots)
    score.move("lip_pucker" if chance.random() < 0.5 else "lip_stretcher", lips.knots)
    return _whole(span)


def sing(
    score: MovementScore,
    span: tuple[float, float],
    mimicry: float,
    chance: np.random.Generator,
) -> Shape:
    """Held vowels, wide, with a consonant between and a breath after some."""
    jaw = _Rhythm(span[0])
    while jaw.t_s < span[1] - _SING_VOWEL_S[0]:
        vowel_s = float(min(chance.uniform(*_SING_VOWEL_S), span[1] - jaw.t_s))
        jaw.hold(vowel_s, 0.1, mimicry * float(chance.uniform(*_SING_JAW)))
        jaw.rest(float(chance.uniform(*_SING_BREATH_S)) if chance.random() < 0.3 else 0.04)
    score.move("jaw_drop", jaw.knots)
    score.hold("lip_stretcher", _edges(span, 0.4), 0.15)
    return _whole(span)


def laugh(
    score: MovementScore,
    span: tuple[float, float],
    mimicry: float,
    chance: np.random.Generator,
) -> Shape:
    """Bursts of notes behind raised cheeks and narrowed lids."""
    face = _edges(span, 0.45)
    for action, value in (("lip_corner_puller", 0.9), ("cheek_raiser", 0.8)):
        score.hold(action, face, mimicry * value)
    score.hold("lids_narrow", face, 0.40 * mimicry)
    score.hold("head_pitch", face, math.radians(4.0))
    jaw = _Rhythm(face.full_from_s)
    while jaw.t_s < face.full_until_s - _LAUGH_NOTE_S:
        burst_until_s = min(jaw.t_s + chance.uniform(*_LAUGH_BURST_S), face.full_until_s)
        while jaw.t_s + _LAUGH_NOTE_S < burst_until_s:
            jaw.swing(_LAUGH_NOTE_S, mimicry * float(chance.uniform(0.25, 0.5)))
        jaw.rest(float(chance.uniform(*_LAUGH_PAUSE_S)))
    # Lips stay apart between the notes.
    score.hold("jaw_drop", face, 0.2 * mimicry)
    score.move("jaw_drop", jaw.knots)
    return face


def eat(
    score: MovementScore, span: tuple[float, float], chance: np.random.Generator
) -> tuple[Shape, ...]:
    """Bites, and chewing with shut lips between them. Returns the bites, when a hand is at the mouth."""
    bites = []
    jaw = _Rhythm(span[0])
    next_bite_s = span[0]
    while jaw.t_s < span[1] - 0.4:
        if jaw.t_s >= next_bite_s and jaw.t_s + _BITE_S <= span[1]:
            bite = Shape.within(jaw.t_s, _BITE_S, 0.4, 0.4)
            bites.append(bite)
            jaw.rest(0.35)
            jaw.swing(0.6, float(chance.uniform(0.35, 0.55)))
            jaw.rest(_BITE_S - 0.95)
            next_bite_s = jaw.t_s + float(chance.uniform(*_BITE_EVERY_S))
        else:
            chew_s = 1.0 / float(chance.uniform(*_CHEW_HZ))
            if jaw.t_s + chew_s > span[1]:
                break
            jaw.swing(chew_s, float(chance.uniform(0.05, 0.11)))
    score.move("jaw_drop", jaw.knots)
    score.hold("lip_pressor", _edges(span, 0.4), 0.3)
    return tuple(bites)


def sneeze(score: MovementScore, from_s: float, duration_s: float) -> Shape:
    """The head goes back with a breath, then forward with eyes shut (course a choice)."""
    end_s = from_s + duration_s
    burst_s = from_s + 0.42 * duration_s
    breath = Shape(from_s, burst_s - 0.1 * duration_s, burst_s - 0.05 * duration_s, burst_s + 0.1)
    score.hold("head_pitch", breath, math.radians(5.0))
    score.hold("jaw_drop", breath, 0.25)
    eyes = Shape(from_s + 0.1 * duration_s, burst_s, end_s - 0.3 * duration_s, end_s)
    score.hold("lids_shut", eyes, 1.0)
    thrown = Shape(burst_s, burst_s + 0.16 * duration_s, burst_s + 0.22 * duration_s, end_s)
    for part in ("head_pitch", "gaze_pitch"):
        score.hold(part, thrown, -math.radians(14.0))
    score.hold("shift_nearer", thrown, 0.03)
    score.hold("jaw_drop", thrown, 0.3)
    for action, value in (("nose_wrinkler", 0.7), ("brow_lowerer", 0.6), ("cheek_raiser", 0.6)):
        score.hold(action, eyes, value)
    return eyes


class _Rhythm:
    """Knots one after the other, from rest to rest."""

    def __init__(self, t_s: float) -> None:
        self.t_s = t_s
        self.knots = [Knot(t_s, 0.0)]

    def swing(self, duration_s: float, value: float) -> None:
        """There and back."""
        self._to(self.t_s + 0.5 * duration_s, value)
        self._to(self.t_s + 0.5 * duration_s, 0.0)

    def hold(self, duration_s: float, way_s: float, value: float) -> None:
        way_s = min(way_s, duration_s / 3)
        self._to(self.t_s + way_s, value)
        self._to(self.t_s + duration_s - 2 * way_s, value)
        self._to(self.t_s + way_s, 0.0)

    def rest(self, duration_s: float) -> None:
        self._to(self.t_s + duration_s, 0.0)

    def _to(self, t_s: float, value: float) -> None:
        self.knots.append(Knot(t_s, value))
        self.t_s = t_s


def _nod_along(
    score: MovementScore,
    t_s: float,
    pause_s: float,
    until_s: float,
    chance: np.random.Generator,
) -> None:
    """Talkers move their heads where they pause."""
    nod_s = pause_s + 0.5
    if t_s + nod_s < until_s and chance.random() < 0.6:
        nod = Shape(t_s, t_s + 0.4 * nod_s, t_s + 0.5 * nod_s, t_s + nod_s)
        score.hold("head_pitch", nod, math.radians(float(chance.uniform(-4.0, 2.5))))
        score.hold("head_roll", nod, math.radians(float(chance.uniform(-3.0, 3.0))))


def _edges(span: tuple[float, float], way_s: float) -> Shape:
    return Shape.within(span[0], span[1] - span[0], way_s, way_s)


def _whole(span: tuple[float, float]) -> Shape:
    return Shape(span[0], span[0], span[1], span[1])
