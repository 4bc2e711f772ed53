"""Which file of each part runs: the quickest that works, in one runtime, with precision given up only for speed."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_app.inference.choice import Candidate, Timing, choose, choose_extra
from edge_app.inference.cpu import this_cpu
from edge_app.inference.runtimes import Precision, Provider, RuntimeName
from edge_app.inference.timing_memory import TimingMemory


def candidate(
    part: str, runtime: RuntimeName, precision: Precision = "float32", provider: Provider = "cpu"
) -> Candidate:
    return Candidate(part, f"{part}-{runtime}-{precision}", runtime, precision, provider)


def chosen(timings: dict[Candidate, Timing]) -> dict[str, Candidate]:
    return {part: choice.chosen for part, choice in choose(list(timings), timings).items()}


def ms(value: float) -> Timing:
    return Timing(value)


def test_quickest_runs() -> None:
    onnx = candidate("face", "onnx")
    timings = {candidate("face", "litert"): ms(2.0), onnx: ms(1.0)}
    assert chosen(timings) == {"face": onnx}


def test_all_parts_run_in_one_runtime_though_another_is_quicker_at_one() -> None:
    timings = {
        candidate("face", "litert"): ms(1.0),
        candidate("eyes", "litert"): ms(1.0),
        candidate("face", "onnx"): ms(2.0),
        candidate("eyes", "onnx"): ms(0.5),
    }
    assert {c.runtime for c in chosen(timings).values()} == {"litert"}


def test_detector_counts_little_since_it_runs_once_a_second() -> None:
    timings = {
        candidate("face", "litert"): ms(2.0),
        candidate("detector", "litert"): ms(1.0),
        candidate("face", "onnx"): ms(1.5),
        candidate("detector", "onnx"): ms(4.0),
    }
    assert {c.runtime for c in chosen(timings).values()} == {"onnx"}


def test_part_that_a_runtime_lacks_is_completed_from_another() -> None:
    timings = {
        candidate("face", "onnx"): ms(1.0),
        candidate("face", "litert"): ms(9.0),
        candidate("eyes", "litert"): ms(1.0),
    }
    assert {part: c.runtime for part, c in chosen(timings).items()} == {
        "face": "onnx",
        "eyes": "litert",
    }


def test_coarser_precision_must_be_clearly_quicker() -> None:
    fine, coarse = candidate("face", "litert"), candidate("face", "litert", "int8")
    assert chosen({fine: ms(1.03), coarse: ms(1.0)}) == {"face": fine}
    assert chosen({fine: ms(2.0), coarse: ms(1.0)}) == {"face": coarse}


def test_runtime_of_the_base_stays_where_another_is_hardly_quicker() -> None:
    litert, onnx = candidate("face", "litert"), candidate("face", "onnx")
    assert chosen({onnx: ms(0.97), litert: ms(1.0)}) == {"face": litert}


def test_what_cannot_be_timed_is_not_run_and_stays_in_the_list() -> None:
    cuda = candidate("face", "onnx", provider="cuda")
    litert = candidate("face", "litert")
    choices = choose([cuda, litert], {cuda: Timing(None, "no such device"), litert: ms(3.0)})
    assert choices["face"].chosen == litert
    assert choices["face"].timings == (
        (litert, ms(3.0)),
        (cuda, Timing(None, "no such device")),
    )


def test_without_any_timing_the_base_runtime_runs_quantized() -> None:
    candidates = [
        candidate("face", "onnx", "int8"),
        candidate("face", "litert"),
        candidate("face", "litert", "int8"),
    ]
    assert choose(candidates, {})["face"].chosen == candidates[2]
    failed = {entry: Timing(None, "the process ended (1)") for entry in candidates}
    assert choose(candidates, failed)["face"].chosen == candidates[2]


def test_part_that_nothing_depends_on_runs_where_the_others_do_though_another_is_quicker() -> None:
    near, coarse, far = (
        candidate("temporal", "litert"),
        candidate("temporal", "litert", "int8"),
        candidate("temporal", "onnx"),
    )
    timings = {near: ms(2.0), coarse: ms(1.0), far: ms(0.1)}
    choice = choose_extra(list(timings), timings, {"litert"})
    assert choice is not None and choice.chosen == coarse
    assert [listed for listed, _ in choice.timings] == [far, coarse, near]


def test_part_that_nothing_depends_on_runs_elsewhere_where_the_others_runtime_fails_it() -> None:
    near, far = candidate("temporal", "litert"), candidate("temporal", "onnx")
    timings = {near: Timing(None, "killed"), far: ms(0.1)}
    choice = choose_extra([near, far], timings, {"litert"})
    assert choice is not None and choice.chosen == far
    assert choose_extra([near, far], {near: Timing(None, "killed")}, {"litert"}) is None


X86 = "processor\t: 0\nmodel name\t: Some CPU\nflags\t\t: fpu sse2 avx2\nmodel name\t: Other\n"
PI_5 = (
    "processor\t: 0\nFeatures\t: fp asimd asimddp\nCPU part\t: 0xd0b\n\nModel\t\t: Raspberry Pi 5\n"
)


@pytest.mark.parametrize(
    ("text", "name", "can", "cannot"),
    [
        (X86, "Some CPU", "avx2", "avx512_vnni"),
        (PI_5, "Raspberry Pi 5", "asimddp", "avx2"),
    ],
)
def test_processor_tells_its_name_and_instructions(
    tmp_path: Path, text: str, name: str, can: str, cannot: str
) -> None:
    (tmp_path / "cpuinfo").write_text(text)
    cpu = this_cpu(tmp_path / "cpuinfo")
    assert cpu.name == name
    assert cpu.can_run([])
    assert cpu.can_run([can, cannot])
    assert not cpu.can_run([cannot])


def test_machine_that_tells_nothing_can_run_only_what_all_can(tmp_path: Path) -> None:
    cpu = this_cpu(tmp_path / "nothing")
    assert cpu.name
    assert cpu.can_run([])
    assert not cpu.can_run(["avx2"])


def test_timings_are_remembered_beside_earlier_ones(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "timings.json"
    TimingMemory(path).keep({"a": ms(1.5), "b": Timing(None, "too slow")})
    TimingMemory(path).keep({"b": ms(2.0)})
    assert TimingMemory(path).recall() == {"a": ms(1.5), "b": ms(2.0)}
    assert [entry.name for entry in path.parent.iterdir()] == ["timings.json"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"format": 2, "timings": {"a": {"ms": 1.0, "problem": ""}}}',
        '{"format": 1, "timings": 3}',
        '{"format": 1, "timings": {"a": {"ms": "1", "problem": ""}}}',
        '{"format": 1, "timings": {"a": {"ms": -1, "problem": ""}}}',
        '{"format": 1, "timings": {"a": {"ms": NaN, "problem": ""}}}',
        '{"format": 1, "timings": {"a": {"ms": null, "problem": ""}, "b": 3}}',
        "[" * 100_000,
        "\x00",
    ],
)
def test_corrupt_memory_is_an_empty_one_and_is_written_over(tmp_path: Path, content: str) -> None:
    path = tmp_path / "timings.json"
    path.write_text(content)
    memory = TimingMemory(path)
    assert memory.recall() == {}
    memory.keep({"a": ms(1.0)})
    assert memory.recall() == {"a": ms(1.0)}


def test_memory_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("where a folder would have to be")
    memory = TimingMemory(tmp_path / "file" / "timings.json")
    memory.keep({"a": ms(1.0)})
    assert memory.recall() == {}


def test_memory_does_not_grow_for_ever(tmp_path: Path) -> None:
    memory = TimingMemory(tmp_path / "timings.json")
    memory.keep({f"old {number}": ms(1.0) for number in range(600)})
    memory.keep({"new": ms(2.0)})
    assert len(memory.recall()) == 500
    assert memory.recall()["new"] == ms(2.0)
