"""The gate of the part blinks: every file says of made sequences what the first runtime's says."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calibration.probability.softmax import softmax
from edge_app.blink_head.rows import MOST_BLINKS, blinks_input
from edge_app.bundle.manifest import BundleFile
from edge_app.bundle.open import Bundle
from edge_app.bundle.sessions import open_file
from edge_app.errors import UserError
from model_compression.quantization.check import Check
from model_compression.quantization.gate import GateReport, Progress, VariantResult
from model_compression.quantization.head_agreement import usable_checks
from model_compression.quantization.variants import Variant

Floats = NDArray[np.float32]

_SEQUENCES = 400
_SEED = 1
# Of a probability and of a tenth of the level; what float files differ by is rounding.
_MOST_APART = 1e-3
_FEATURES = 3


def made_blinks(count: int, seed: int) -> list[Floats]:
    """(1, 30, 4) each: of one to thirty blinks, some of them as long as those of people who fall asleep."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        blinks = int(random.integers(1, MOST_BLINKS + 1))
        spread = np.exp(random.normal(0.3, 0.8))
        rows = random.normal(0.0, 1.0, _FEATURES) + spread * random.standard_t(
            3, (blinks, _FEATURES)
        )
        made.append(blinks_input([(float(a), float(d), float(v)) for a, d, v in rows]))
    return made


def run_blinks_gate(bundle: Bundle, progress: Progress) -> GateReport:
    """Raises `UserError` where no float file can run here."""
    part = bundle.part("blinks")
    variants = [_variant(file) for file in part.files]
    here = [variant for variant in variants if variant.can_run_here()]
    reference = next((each for each in here if each.precision == "float32"), None)
    if reference is None:
        raise UserError(f"{bundle.title}: no float file of its part blinks runs here to be judged")
    samples = made_blinks(_SEQUENCES, _SEED)
    ours = _said(bundle, reference, samples)
    results = []
    for variant in variants:
        if variant not in here:
            results.append(VariantResult(variant, False))
            continue
        progress(f"blinks: {variant.title}")
        theirs = _said(bundle, variant, samples)
        checks = usable_checks("blinks", ours, theirs)
        if all(check.passed for check in checks):
            checks += [_apart(name, ours, theirs) for name in ours[0]]
        results.append(VariantResult(variant, True, checks))
    told = f"{_SEQUENCES} made sequences of blinks, seed {_SEED}"
    return GateReport(reference, results, 0, 0, told)


def _variant(file: BundleFile) -> Variant:
    return Variant(
        file.runtime, file.precision, file.weight_bits, file.providers, files={"blinks": file}
    )


def _said(bundle: Bundle, variant: Variant, samples: list[Floats]) -> list[dict[str, Floats]]:
    session = open_file(bundle, "blinks", variant.files["blinks"])
    return [session.run({"blinks": sample}) for sample in samples]


def _apart(head: str, ours: list[dict[str, Floats]], theirs: list[dict[str, Floats]]) -> Check:
    first, second = (
        _told(head, np.concatenate([one[head] for one in all_])) for all_ in (ours, theirs)
    )
    largest = float(np.abs(first - second).max())
    return Check(
        ("blinks",), head, "largest difference to float", largest, "at most", _MOST_APART, len(ours)
    )


def _told(head: str, values: Floats) -> NDArray[np.float64]:
    """As the vehicle uses them: probabilities, and the level as a share of its range."""
    if head == "level":
        return values.astype(np.float64) / 10.0
    return softmax(values)
