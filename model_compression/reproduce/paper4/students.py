"""The students of paper 4: how each is called in the features that heads learn from, and how it is trained itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# As tables print them -> NAME of `vigil data features --visual NAME=RUN`; its streams are NAME.scores, NAME.embedding.
STUDENTS: Mapping[str, str] = {
    "EmotiEffNet-B0": "efficientnet-b0",
    "EmotiEffNet": "efficientnet-b0",
    "EmotiEffNet-B0 (EXPR_ft)": "efficientnet-b0-expr",
    "EmotiEffNet-B2": "efficientnet-b2",
    "DDAMFN": "ddamfn",
    "MobileFaceNet (VggFace2)": "mobilefacenet-identity",
    "MT-EmotiEffNet": "mt-efficientnet-b0",
    "MT-EmotiEffNet-B0": "mt-efficientnet-b0",
    "MT-EmotiEffNet (EXPR_ft)": "mt-efficientnet-b0-expr",
    "MT-EmotiMobileFaceNet": "mt-mobilefacenet",
    "MT-EmotiMobileViT": "mt-mobilevit",
    "MT-DDAMFN": "mt-ddamfn",
}
SOUND = "wav2vec2"  # the stream of `--audio FOLDER`


@dataclass(frozen=True, slots=True)
class Schooling:
    """On AffectNet (table 1)."""

    config: str
    values: bool = True  # valence and arousal too: MT
    backbone: str | None = None  # None: that of the configuration
    side_px: int | None = None


SCHOOLINGS: Mapping[str, Schooling] = {
    "EmotiEffNet-B0": Schooling("affect-efficientnet", values=False),
    "MT-EmotiEffNet": Schooling("affect-efficientnet"),
    "MT-EmotiMobileFaceNet": Schooling("affect-mobilefacenet"),
    "MT-EmotiMobileViT": Schooling("affect-mobilevit"),
    "EmotiEffNet-B2": Schooling(
        "affect-efficientnet", values=False, backbone="efficientnet-b2", side_px=260
    ),
    "MT-DDAMFN": Schooling("affect-ddamfn"),
}
