"""Whether the vehicle can use a bundle: its parts look at the pictures that this program shows, and files run here."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from edge_app.blink_head.rows import COLUMNS, MOST_BLINKS
from edge_app.bundle.heads import PART_INPUTS, PartName
from edge_app.bundle.manifest import Preprocessing
from edge_app.bundle.open import Bundle, BundleError
from edge_app.bundle.sessions import VEHICLE_PARTS, candidates_of, open_file

# The sizes that this program shows; only the face crop's is the bundle's choice.
_SHOWN = Preprocessing()


def check_usable(bundle: Bundle, tried: Collection[PartName]) -> None:
    """Raises `BundleError` or `ModelFileError` unless each part that the vehicle needs runs here from some file.

    tried: parts of which a file was run already; of the others only a GPU can run one, and it is run now.
    """
    parts = list(VEHICLE_PARTS)
    if bundle.manifest.parts.temporal is not None:
        parts.append("temporal")
    if bundle.manifest.parts.blinks is not None:
        parts.append("blinks")
    check_inputs(bundle, parts)
    for part in VEHICLE_PARTS:
        if part not in tried:
            candidate = candidates_of(bundle, [part])[0]
            file = bundle.file(part, candidate.path)
            open_file(bundle, part, file, provider=candidate.provider)


def check_inputs(bundle: Bundle, parts: Sequence[PartName]) -> None:
    """Raises `BundleError` where a part expects another picture than this program would show it."""
    side = bundle.manifest.preprocessing.face_size_px
    shapes: dict[PartName, tuple[int, ...]] = {
        "detector": (1, 1, _SHOWN.detector_size_px, _SHOWN.detector_size_px),
        "face": (1, 1, side, side),
        "eyes": (2, 1, _SHOWN.eye_height_px, _SHOWN.eye_width_px),
        "expression": (1, 1, _SHOWN.expression_size_px, _SHOWN.expression_size_px),
        "temporal": (1, _step_size(bundle)),
        "blinks": (1, MOST_BLINKS, COLUMNS),
    }
    for name in parts:
        expected, given = (PART_INPUTS[name], shapes[name]), bundle.part(name).input
        if (given.name, given.shape) != expected:
            raise BundleError(
                f"{bundle.title}: its part {name} looks at {given.name} of shape {given.shape}, this"
                f" program shows {expected[0]} of shape {expected[1]}; choose another bundle."
            )


def _step_size(bundle: Bundle) -> int:
    """Of the embedding and the memory that go into one step; 0 without a part `temporal`."""
    parts = bundle.manifest.parts
    if parts.temporal is None or parts.face is None:
        return 0
    return parts.face.outputs["embedding"].shape[-1] + parts.temporal.outputs["memory"].shape[-1]
