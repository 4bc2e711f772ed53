"""`vigil doctor` says for each part what it runs in, how fast, and what else there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edge_app.commands import machine_checks
from edge_app.commands.finding import Verdict
from edge_app.face.settings import PerceptionSettings
from tests.bundle.bundles import with_temporal, write_bundle, write_manifest

_MS = r"\d+\.\d\d ms"


def told(folder: Path, **settings: object) -> str:
    finding = machine_checks.parts(PerceptionSettings(model=str(folder), **settings))
    assert finding.verdict is Verdict.OK
    return finding.found


def test_runtime_precision_and_time_of_every_part_are_told(tmp_path: Path) -> None:
    write_bundle(tmp_path / "tiny")
    parts = told(tmp_path / "tiny", runtime="litert").split("; ")
    assert [part.split()[0] for part in parts] == ["detector", "face", "eyes"]
    for part in parts:
        assert re.fullmatch(rf"\w+ in litert float32 {_MS}", part)


def test_alternatives_are_told_with_their_time_or_why_there_is_none(tmp_path: Path) -> None:
    values = write_bundle(tmp_path / "tiny", precisions=("float32", "int8"))
    values["parts"]["eyes"]["files"][1]["names"] = {"iris": "no_such_output"}
    write_manifest(tmp_path / "tiny", values)
    detector, _, eyes = told(tmp_path / "tiny", runtime="litert").split("; ")
    assert re.fullmatch(rf"detector in litert \w+ {_MS} \(litert \w+ {_MS}\)", detector)
    assert re.match(rf"eyes in litert float32 {_MS} \(litert int8: .*no_such_output", eyes)


def test_mediapipe_has_no_choice() -> None:
    finding = machine_checks.parts(PerceptionSettings(model="mediapipe"))
    assert finding.verdict is Verdict.OK
    assert "litert only" in finding.found


@pytest.mark.parametrize("expression", [False, True])
def test_expression_is_told_only_where_it_is_read(tmp_path: Path, expression: bool) -> None:
    write_bundle(tmp_path / "tiny")
    found = told(tmp_path / "tiny", runtime="litert", expression=expression)
    assert ("expression in litert" in found) == expression


@pytest.mark.parametrize("temporal", [False, True])
def test_part_with_a_memory_is_told_only_where_it_is_read(tmp_path: Path, temporal: bool) -> None:
    write_bundle(tmp_path / "tiny", **with_temporal())
    found = told(tmp_path / "tiny", runtime="litert", temporal=temporal)
    assert ("temporal in litert" in found) == temporal


def test_file_of_a_part_that_nothing_depends_on_is_told_with_its_alternatives(
    tmp_path: Path,
) -> None:
    write_bundle(tmp_path / "tiny", precisions=("float32", "int8"), **with_temporal())
    *_, temporal = told(tmp_path / "tiny", runtime="litert").split("; ")
    assert re.fullmatch(rf"temporal in litert \w+ {_MS} \(litert \w+ {_MS}\)", temporal)


def test_damaged_part_that_nothing_depends_on_is_no_failure(tmp_path: Path) -> None:
    values = write_bundle(tmp_path / "tiny", **with_temporal())
    (tmp_path / "tiny" / values["parts"]["temporal"]["files"][0]["path"]).write_bytes(b"rot")
    assert "temporal" not in told(tmp_path / "tiny", runtime="litert")


def test_part_that_nothing_depends_on_and_that_cannot_run_here_is_no_failure(
    tmp_path: Path,
) -> None:
    values = write_bundle(tmp_path / "tiny", **with_temporal())
    values["parts"]["temporal"]["files"][0]["gate"] = "failed"
    write_manifest(tmp_path / "tiny", values)
    assert "temporal" not in told(tmp_path / "tiny", runtime="litert")
