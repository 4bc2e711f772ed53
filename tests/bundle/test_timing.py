"""Candidates are timed for real in processes of their own, once; what hangs or dies there costs only itself."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from edge_app.bundle import timing
from edge_app.bundle.open import Bundle, open_bundle
from edge_app.bundle.sessions import choices_of, extra_choice_of
from edge_app.inference.choice import Candidate, Timing
from edge_app.inference.runtimes import RuntimeName, installed_runtimes
from edge_app.inference.timing_memory import TimingMemory
from tests.bundle.bundles import (
    file_values,
    manifest_values,
    with_temporal,
    write_bundle,
    write_manifest,
)


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    write_bundle(tmp_path / "tiny", precisions=("float32", "int8"))
    return open_bundle(tmp_path / "tiny")


def eyes(bundle: Bundle) -> list[Candidate]:
    return [
        Candidate("eyes", file.path, file.runtime, file.precision)
        for file in bundle.part("eyes").files
    ]


def test_every_candidate_is_timed_once_and_remembered(bundle: Bundle, cache: Path) -> None:
    first = choices_of(bundle, ("eyes",))["eyes"]
    told = [timing for _, timing in first.timings]
    assert len(told) == 2
    assert all(timing is not None and timing.ms is not None and timing.ms > 0 for timing in told)
    assert (cache / "timings.json").is_file()
    # The same figures to the last digit: they were not measured again.
    assert choices_of(bundle, ("eyes",))["eyes"] == first


def test_other_threads_are_timed_anew(
    bundle: Bundle, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def told(
        bundle: Bundle, candidates: list[Candidate], *, threads: int
    ) -> dict[Candidate, Timing]:
        asked.extend([threads] * len(candidates))
        return dict.fromkeys(candidates, Timing(1.0))

    monkeypatch.setattr(timing, "timed", told)
    for threads in (1, 2, 1, 2):
        choices_of(bundle, ("eyes",), threads=threads)
    assert asked == [1, 1, 2, 2]


def test_only_candidate_is_not_timed(tmp_path: Path, cache: Path) -> None:
    write_bundle(tmp_path / "one")
    choice = choices_of(open_bundle(tmp_path / "one"), ("eyes",))["eyes"]
    assert choice.timings == ((choice.chosen, None),)
    assert not cache.exists()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Candidate]:
    """What is timed; the later, the quicker it is said to be."""
    candidates: list[Candidate] = []

    def told(bundle: Bundle, given: list[Candidate], *, threads: int) -> dict[Candidate, Timing]:
        candidates.extend(given)
        return {each: Timing(1.0 / (1 + candidates.index(each))) for each in given}

    monkeypatch.setattr(timing, "timed", told)
    monkeypatch.setattr(
        "edge_app.bundle.sessions.installed_runtimes", lambda: {"litert": "2", "onnx": "1"}
    )
    return candidates


def with_files(tmp_path: Path, **files: list[RuntimeName]) -> Bundle:
    """A bundle with files of those runtimes by part, of litert where none is told; none need to be there."""
    values = manifest_values(**with_temporal())
    for part, described in values["parts"].items():
        described["files"] = [
            file_values(f"{part}.{runtime}", b"?", runtime=runtime)
            for runtime in files.get(part, ["litert"])
        ]
    (tmp_path / "some").mkdir()
    write_manifest(tmp_path / "some", values)
    return open_bundle(tmp_path / "some")


def test_parts_that_are_needed_are_chosen_as_if_nothing_followed_the_face(
    tmp_path: Path, asked: list[Candidate]
) -> None:
    bundle = with_files(tmp_path, temporal=["litert", "onnx"], eyes=["litert"])
    needed = choices_of(bundle)
    assert asked == [], "each has one file"
    runtimes = {choice.chosen.runtime for choice in needed.values()}
    extra = extra_choice_of(bundle, "temporal", runtimes)
    assert extra is not None and extra.chosen.runtime == "litert"
    assert [(each.part, each.runtime) for each in asked] == [("temporal", "litert")]
    assert extra_choice_of(bundle, "temporal", runtimes) == extra
    assert len(asked) == 1, "remembered"


def test_part_that_nothing_depends_on_takes_another_runtime_where_it_has_no_file_for_theirs(
    tmp_path: Path, asked: list[Candidate]
) -> None:
    bundle = with_files(tmp_path, temporal=["onnx"])
    extra = extra_choice_of(bundle, "temporal", {"litert"})
    assert extra is not None and extra.chosen.runtime == "onnx"
    assert extra_choice_of(bundle, "temporal", {"litert"}, runtime="litert") is None


def test_all_files_of_a_part_that_nothing_depends_on_are_timed_where_that_is_asked(
    tmp_path: Path, asked: list[Candidate]
) -> None:
    bundle = with_files(tmp_path, temporal=["onnx", "litert"])
    extra = extra_choice_of(bundle, "temporal", {"litert"}, time_all=True)
    assert extra is not None and extra.chosen.runtime == "litert"
    assert {each.runtime for each, _ in extra.timings} == {"onnx", "litert"} and len(asked) == 2


def test_every_installed_runtime_is_tried(tmp_path: Path) -> None:
    runtimes = [name for name in ("onnx", "openvino") if name in installed_runtimes()]
    if not runtimes:
        pytest.skip("neither ONNX Runtime nor OpenVINO is installed")
    if "onnx" in runtimes:
        pytest.importorskip("onnx")
    write_bundle(tmp_path / "tiny", runtimes=("litert", *runtimes))
    choice = choices_of(open_bundle(tmp_path / "tiny"), ("eyes",))["eyes"]
    assert {candidate.runtime for candidate, _ in choice.timings} == {"litert", *runtimes}
    assert all(timing is not None and timing.ms is not None for _, timing in choice.timings)


def test_runtime_that_is_asked_for_is_the_only_one(tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    write_bundle(tmp_path / "tiny", runtimes=("litert", "openvino"))
    choice = choices_of(open_bundle(tmp_path / "tiny"), ("eyes",), runtime="openvino")["eyes"]
    assert choice.chosen.runtime == "openvino"
    assert len(choice.timings) == 1


def test_candidate_that_cannot_be_loaded_says_why(tmp_path: Path) -> None:
    values = write_bundle(tmp_path / "tiny", precisions=("float32", "int8"))
    values["parts"]["eyes"]["files"][1] |= {"names": {"iris": "no such output"}}
    write_manifest(tmp_path / "tiny", values)
    choice = choices_of(open_bundle(tmp_path / "tiny"), ("eyes",))["eyes"]
    assert choice.chosen.precision == "float32"
    (_, failed) = choice.timings[1]
    assert failed is not None
    assert "no output `no such output`" in failed.problem


def python_that(tmp_path: Path, script: str) -> str:
    path = tmp_path / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_process_that_hangs_is_ended(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", python_that(tmp_path, "exec sleep 600"))
    monkeypatch.setattr(timing, "_PATIENCE_S", {"cpu": 0.2})
    timings = timing.timed(bundle, eyes(bundle), threads=1)
    assert [entry.problem for entry in timings.values()] == ["took too long to load"] * 2


def test_process_that_dies_costs_only_its_candidate(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Killed at the first candidate, as by an instruction that the processor lacks; the next process answers.
    script = (
        f"if mkdir {tmp_path}/first 2>/dev/null; then kill -ILL $$; fi\n"
        """echo '{"ms": 1.5, "problem": ""}' > /dev/fd/$3; exec sleep 600"""
    )
    monkeypatch.setattr(sys, "executable", python_that(tmp_path, script))
    timings = timing.timed(bundle, eyes(bundle), threads=1)
    assert list(timings.values()) == [
        Timing(None, "the process was killed by signal 4"),
        Timing(1.5),
    ]


def test_nothing_that_times_leaves_a_runtime_in_this_process(bundle: Bundle) -> None:
    import subprocess

    script = (
        "import sys; from pathlib import Path\n"
        "from edge_app.bundle.open import open_bundle\n"
        "from edge_app.bundle.sessions import choices_of\n"
        "choices_of(open_bundle(Path(sys.argv[1])), ('eyes',))\n"
        "print([m for m in ('ai_edge_litert', 'onnxruntime', 'openvino') if m in sys.modules])\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(bundle.folder)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    assert run.stdout.strip() == "[]"
    assert run.stderr == ""


def test_failed_timing_is_tried_again_only_when_asked(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def told(
        bundle: Bundle, candidates: list[Candidate], *, threads: int
    ) -> dict[Candidate, Timing]:
        tried.append(len(candidates))
        return dict.fromkeys(candidates, Timing(None, "not now"))

    monkeypatch.setattr(timing, "timed", told)
    for time_all in (False, False, True):
        choices_of(bundle, ("eyes",), time_all=time_all, memory=TimingMemory())
    assert tried == [2, 0, 2]
