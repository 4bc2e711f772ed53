"""A bundle's parts as sessions: in the runtime that is asked for, or the quickest that the gate passed here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge_app.bundle.heads import PartName
from edge_app.bundle.manifest import BundleFile, Part
from edge_app.bundle.open import Bundle, BundleError
from edge_app.bundle.timing import remembered_or_timed
from edge_app.inference.choice import Candidate, Choice, Timing, choose, choose_extra
from edge_app.inference.cpu import this_cpu
from edge_app.inference.model_files import download_folder
from edge_app.inference.runtimes import (
    Precision,
    Provider,
    RuntimeMissingError,
    RuntimeName,
    installed_runtimes,
    missing_sentence,
    open_session,
)
from edge_app.inference.session import Session, Signature
from edge_app.inference.timing_memory import TimingMemory

AskedRuntime = Literal["auto"] | RuntimeName
VEHICLE_PARTS: tuple[PartName, ...] = ("detector", "face", "eyes")


@dataclass(frozen=True, slots=True)
class OpenedParts:
    """Sessions ready to run, by part, and why each runs in what it runs in."""

    sessions: dict[PartName, Session]
    choices: dict[PartName, Choice]


def open_parts(
    bundle: Bundle,
    parts: Sequence[PartName] = VEHICLE_PARTS,
    *,
    runtime: AskedRuntime = "auto",
    precision: Precision | None = None,
    threads: int = 1,
) -> OpenedParts:
    """Verify, load and run each part once. Raises `BundleError`, `ModelFileError` and `RuntimeMissingError`.

    precision: files of this one alone, where every machine has to say the same; None: the quickest.
    """
    choices = choices_of(bundle, parts, runtime=runtime, precision=precision, threads=threads)
    sessions = {}
    for name, choice in choices.items():
        file = bundle.file(name, choice.chosen.path)
        sessions[name] = open_file(
            bundle, name, file, threads=threads, provider=choice.chosen.provider
        )
    return OpenedParts(sessions, choices)


def choices_of(
    bundle: Bundle,
    parts: Sequence[PartName] = VEHICLE_PARTS,
    *,
    runtime: AskedRuntime = "auto",
    precision: Precision | None = None,
    threads: int = 1,
    time_all: bool = False,
    memory: TimingMemory | None = None,
) -> dict[PartName, Choice]:
    """Which file each part runs with, and the alternatives. Nothing is loaded into this process.

    time_all: also what would be timed only to no purpose, or was in vain before.
    """
    candidates = [
        candidate
        for candidate in candidates_of(bundle, parts, runtime)
        if precision in (None, candidate.precision)
    ]
    missing = set(parts) - {candidate.part for candidate in candidates}
    if missing:
        raise BundleError(
            f"{bundle.title}: has no {precision} file that runs here for {', '.join(sorted(missing))}; choose another"
            " bundle."
        )
    settled = len(candidates) == len(parts)
    timings = {}
    if time_all or not settled:
        timings = remembered_or_timed(
            bundle, candidates, threads=threads, memory=memory or TimingMemory(), retry=time_all
        )
    chosen = choose(candidates, timings)
    return {part: chosen[part] for part in parts}


def extra_choice_of(
    bundle: Bundle,
    part: PartName,
    beside: Collection[RuntimeName],
    *,
    runtime: AskedRuntime = "auto",
    threads: int = 1,
    time_all: bool = False,
    memory: TimingMemory | None = None,
) -> Choice | None:
    """As `choices_of`, for one part that nothing depends on; None where no file of it fits or runs here.

    beside: the runtimes of the other parts. Another one is tried only where none of those runs a file, since it
    costs tens of megabytes. Even an only file is timed first: one that ends its process must not end this one.
    Raises `BundleError` where a file is damaged.
    """
    try:
        candidates = candidates_of(bundle, [part], runtime)
    except BundleError:
        return None
    near = [candidate for candidate in candidates if candidate.runtime in beside]
    others = [candidate for candidate in candidates if candidate not in near]
    timings: dict[Candidate, Timing] = {}
    for group in [candidates] if time_all else [near, others]:
        timings |= remembered_or_timed(
            bundle, group, threads=threads, memory=memory or TimingMemory(), retry=time_all
        )
        choice = choose_extra(candidates, timings, beside)
        if choice is not None:
            return choice
    return None


def open_file(
    bundle: Bundle,
    part: PartName,
    file: BundleFile,
    *,
    threads: int = 1,
    provider: Provider = "cpu",
) -> Session:
    """One file of one part, run once: what it gives must be what the manifest says."""
    described = bundle.part(part)
    outputs = described.outputs
    content = bundle.content(file)
    session = open_session(
        file.runtime,
        content,
        Signature(
            {described.input.name: file.names.get(described.input.name, described.input.name)},
            {name: file.names.get(name, name) for name in outputs},
        ),
        threads=threads,
        provider=provider,
        precision=file.precision,
        engine_folder=str(download_folder().parent / "engines" / bundle.sha256[:16]),
    )
    try:
        given = session.run({described.input.name: trial_input(described)})
    except (ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise BundleError(
            f"{content.name}: the model cannot be run as its bundle describes it ({reason})."
        ) from error
    for name, output in outputs.items():
        if given[name].shape != output.shape or given[name].dtype != np.float32:
            raise BundleError(
                f"{content.name}: its output {name} is {given[name].dtype} of shape"
                f" {given[name].shape}, where the bundle says float32 of {output.shape}."
            )
        if not np.isfinite(given[name]).all():
            raise BundleError(f"{content.name}: its output {name} is not a number.")
    return session


def trial_input(part: Part) -> NDArray[np.float32]:
    """Something like a picture after standardizing; always the same."""
    return np.random.default_rng(0).standard_normal(part.input.shape).astype(np.float32)


def candidates_of(
    bundle: Bundle, parts: Sequence[PartName], runtime: AskedRuntime = "auto"
) -> list[Candidate]:
    """The files that passed the gate and fit this machine. Raises `BundleError` where a part has none."""
    installed = installed_runtimes()
    if runtime != "auto" and runtime not in installed:
        raise RuntimeMissingError(missing_sentence(runtime))
    asked = set(installed) if runtime == "auto" else {runtime}
    cpu = this_cpu()
    candidates = []
    for name in parts:
        files = bundle.part(name).files
        found = [
            Candidate(name, file.path, file.runtime, file.precision, provider)
            for file in files
            if file.runtime in asked and file.gate == "passed"
            for provider in file.providers
            if provider != "cpu" or cpu.can_run(file.instruction_sets)
        ]
        if not found:
            raise BundleError(_nothing_fits(bundle, name, runtime))
        candidates += found
    return candidates


def _nothing_fits(bundle: Bundle, part: PartName, runtime: AskedRuntime) -> str:
    there = dict.fromkeys(file.runtime for file in bundle.part(part).files if file.gate == "passed")
    if not there:
        return f"{bundle.title}: no file of its part {part} passed the gate; choose another bundle."
    kinds = ", ".join(there)
    if runtime != "auto":
        return (
            f"{bundle.title}: its part {part} has no file that passed the gate for {runtime} on this"
            f" processor, only for {kinds}; set perception.runtime to auto."
        )
    return (
        f"{bundle.title}: its part {part} has files for {kinds} only, and none fits this processor"
        " and the runtimes installed."
    )
