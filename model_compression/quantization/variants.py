"""A bundle's files sorted into sets that run together: the same runtime, precision and weights in every part."""

from __future__ import annotations

from dataclasses import dataclass

from edge_app.bundle.heads import PartName
from edge_app.bundle.manifest import BundleFile, BundleManifest
from edge_app.bundle.open import Bundle
from edge_app.bundle.sessions import open_file
from edge_app.errors import UserError
from edge_app.face.student_bundle import tuning_of
from edge_app.face.student_perception import StudentPerception, StudentSessions
from edge_app.inference.cpu import this_cpu
from edge_app.inference.runtimes import Precision, RuntimeName
from edge_app.inference.session import Session

_STREAM_PARTS: tuple[PartName, ...] = ("detector", "face", "eyes")


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to run a bundle."""

    runtime: RuntimeName
    precision: Precision
    weight_bits: int | None
    providers: tuple[str, ...]
    files: dict[PartName, BundleFile]

    @property
    def title(self) -> str:
        bits = f" with {self.weight_bits}-bit weights" if self.weight_bits not in (None, 8) else ""
        place = "" if "cpu" in self.providers else f" for {' and '.join(self.providers)}"
        return f"{self.runtime} {self.precision}{bits}{place}"

    def can_run_here(self) -> bool:
        """Whether what is measured on this machine says anything of where the files are meant to run."""
        cpu = this_cpu()
        return "cpu" in self.providers and all(
            cpu.can_run(file.instruction_sets) for file in self.files.values()
        )

    def sessions(self, bundle: Bundle, fallback: Variant) -> dict[PartName, Session]:
        """One for each part of the bundle; parts that this variant lacks run as in `fallback`."""
        files = {**fallback.files, **self.files}
        return {part: open_file(bundle, part, file) for part, file in files.items()}


def variants_of(manifest: BundleManifest) -> list[Variant]:
    """In the order in which the manifest first names them."""
    found: dict[tuple[object, ...], Variant] = {}
    for part, described in manifest.parts.named().items():
        for file in described.files:
            key = (file.runtime, file.precision, file.weight_bits, file.providers)
            variant = found.setdefault(key, Variant(*key, files={}))
            variant.files.setdefault(part, file)
    return list(found.values())


def reference_of(variants: list[Variant], manifest: BundleManifest) -> Variant:
    """The float files that all others are held against. Raises `UserError` where a part has none."""
    parts = set(manifest.parts.named())
    for variant in variants:
        if (
            variant.precision == "float32"
            and variant.can_run_here()
            and parts <= set(variant.files)
        ):
            return variant
    raise UserError(
        f"{manifest.name} {manifest.version}: no runtime has a float32 file of every part, so there"
        " is nothing to hold the int8 files against; bundle the float32 files of one runtime too."
    )


def can_stream(manifest: BundleManifest) -> bool:
    return all(part in manifest.parts.named() for part in _STREAM_PARTS)


def perception_of(bundle: Bundle, sessions: dict[PartName, Session]) -> StudentPerception:
    manifest = bundle.manifest
    return StudentPerception(
        bundle.title,
        StudentSessions(
            sessions["detector"], sessions["face"], sessions["eyes"], sessions.get("expression")
        ),
        tuning_of(manifest),
        face_size_px=manifest.preprocessing.face_size_px,
        expression_labels=manifest.expression_labels,
    )
