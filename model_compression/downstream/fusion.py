"""What a head on faces and a head on sound say of the same videos, taken together (paper 4, table 7)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edge_app.errors import UserError
from model_compression.downstream.intensities import IntensityAnswers
from model_compression.evaluation.figure import Floats

EVEN = 0.5
# The public code's, picked by eye on the validation videos it reports; table 7 prints what comes of it.
PRINTED_FACE_SHARE = 0.1


def fused(
    face: IntensityAnswers,
    sound: IntensityAnswers,
    *,
    face_share: float = EVEN,
    standardised: bool = False,
) -> IntensityAnswers:
    """`face_share` of the face's answer, 0..1, the rest of the sound's.

    Where one of them is silent the other alone is heard. Heads that learned by Pearson's correlation have no scale in
    common, so that shares weigh spreads as well: `standardised` first gives each head's answers to these videos mean 0
    and deviation 1, which no correlation of one head notices. Raises `UserError` for answers to other videos.
    """
    if face.names != sound.names or [row.video for row in face.rows] != [
        row.video for row in sound.rows
    ]:
        raise UserError(
            "the two heads were asked for other videos or other intensities; fuse those of one set."
        )
    first, second = (_standardised(one.said) if standardised else one.said for one in (face, sound))
    together = face_share * first + (1 - face_share) * second
    together = np.where(np.isnan(second), first, together)
    together = np.where(np.isnan(first), second, together)
    return replace(face, said=together)


def _standardised(said: Floats) -> Floats:
    if not np.isfinite(said).any():
        return said
    deviation = np.nanstd(said, axis=0)
    return np.asarray((said - np.nanmean(said, axis=0)) / np.where(deviation > 0, deviation, 1.0))
