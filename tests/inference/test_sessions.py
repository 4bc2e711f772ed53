"""Every runtime is one `Session`: arrays in and out by name, results of the caller's own, one sentence on bad files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from edge_app.errors import UserError
from edge_app.inference import runtimes
from edge_app.inference.runtimes import RuntimeMissingError, RuntimeName, open_session
from edge_app.inference.session import ModelContent, ModelFileError, Signature
from tests.inference import tiny_models

X = np.array([[1.0, 2.0, 3.0, 4.0]], np.float32)
MORE, LESS = np.full((1, 3), 10.0), np.full((2, 2), 11.0)  # the sum of X, and one more
SIGNATURE = Signature({"x": "x"}, {"more": "more", "less": "less"})


SHAPE, OUTPUTS = (1, 4), {"more": (1, 3), "less": (2, 2)}


def litert(name: str = "x", outputs: Mapping[str, tuple[int, ...]] = OUTPUTS) -> ModelContent:
    return ModelContent("tiny.tflite", tiny_models.litert_model(name, SHAPE, outputs))


def onnx(name: str = "x", outputs: Mapping[str, tuple[int, ...]] = OUTPUTS) -> ModelContent:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    return ModelContent("tiny.onnx", tiny_models.onnx_model(name, SHAPE, outputs))


def openvino(name: str = "x", outputs: Mapping[str, tuple[int, ...]] = OUTPUTS) -> ModelContent:
    pytest.importorskip("openvino")
    return ModelContent("tiny.xml", *tiny_models.openvino_model(name, SHAPE, outputs))


Content = Callable[..., ModelContent]
each_runtime = pytest.mark.parametrize(
    ("runtime", "content"), [("litert", litert), ("onnx", onnx), ("openvino", openvino)]
)


@each_runtime
def test_outputs_come_by_name_whatever_their_order(runtime: RuntimeName, content: Content) -> None:
    given = open_session(runtime, content(), SIGNATURE, threads=1).run({"x": X})
    assert given["more"].dtype == given["less"].dtype == np.float32
    np.testing.assert_array_equal(given["more"], MORE)
    np.testing.assert_array_equal(given["less"], LESS)


@each_runtime
def test_outputs_stay_as_they_are_after_the_next_call(
    runtime: RuntimeName, content: Content
) -> None:
    session = open_session(runtime, content(), SIGNATURE, threads=2)
    first = session.run({"x": X})["more"]
    second = session.run({"x": 10 * X})["more"]
    np.testing.assert_array_equal(first, MORE)
    np.testing.assert_array_equal(second, 10 * MORE)


@each_runtime
def test_input_may_change_while_the_outputs_are_kept(
    runtime: RuntimeName, content: Content
) -> None:
    session = open_session(runtime, content(), SIGNATURE, threads=1)
    given = X.copy()
    more = session.run({"x": given})["more"]
    given[:] = 0
    np.testing.assert_array_equal(more, MORE)


@each_runtime
def test_names_inside_the_file_may_differ(runtime: RuntimeName, content: Content) -> None:
    renamed = content("args_0", {"output_0": (1, 3), "output_1": (2, 2)})
    signature = Signature({"x": "x"}, {"more": "output_0", "less": "output_1"})
    given = open_session(runtime, renamed, signature, threads=1).run({"x": X})
    np.testing.assert_array_equal(given["more"], MORE)
    np.testing.assert_array_equal(given["less"], LESS)


@each_runtime
def test_only_the_outputs_asked_for_come(runtime: RuntimeName, content: Content) -> None:
    session = open_session(runtime, content(), Signature({"x": "x"}, {"less": "less"}), threads=1)
    assert list(session.run({"x": X})) == ["less"]


@each_runtime
def test_missing_output_is_named_in_one_sentence(runtime: RuntimeName, content: Content) -> None:
    signature = Signature({"x": "x"}, {"gaze": "gaze"})
    with pytest.raises(ModelFileError, match=r"^tiny\.\w+: the model has no output `gaze`"):
        open_session(runtime, content(), signature, threads=1)


@each_runtime
def test_input_of_another_shape_is_no_silent_broadcast(
    runtime: RuntimeName, content: Content
) -> None:
    session = open_session(runtime, content(), SIGNATURE, threads=1)
    # ONNX Runtime raises a class of its own.
    with pytest.raises(Exception, match=r"[Ss]hape|[Dd]imension"):
        session.run({"x": np.zeros((1, 1), np.float32)})


@each_runtime
@pytest.mark.parametrize("damage", ["empty", "text", "cut"])
def test_damaged_file_is_one_sentence(runtime: RuntimeName, content: Content, damage: str) -> None:
    whole = content()
    model = {
        "empty": b"",
        "text": b"<html>sign in</html>" * 9,
        "cut": whole.model[: len(whole.model) // 2],
    }[damage]
    with pytest.raises(ModelFileError, match=r"^tiny\.\w+: \w") as caught:
        open_session(runtime, ModelContent(whole.name, model, whole.weights), SIGNATURE, threads=1)
    assert "\n" not in str(caught.value)


def test_openvino_weights_cut_short_are_one_sentence() -> None:
    whole = openvino()
    with pytest.raises(ModelFileError, match=r"^tiny\.xml: OpenVINO cannot load"):
        open_session("openvino", ModelContent(whole.name, whole.model, b""), SIGNATURE, threads=1)


def test_provider_that_is_not_there_is_one_sentence() -> None:
    content = onnx()
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this ONNX Runtime has CUDA")
    with pytest.raises(ModelFileError, match="has no CUDAExecutionProvider"):
        open_session("onnx", content, SIGNATURE, threads=1, provider="cuda")


@pytest.mark.parametrize(
    ("runtime", "module", "extra"),
    [("onnx", "onnxruntime", "onnx"), ("openvino", "openvino", "openvino")],
)
def test_missing_package_names_the_extra_to_install(
    runtime: RuntimeName, module: str, extra: str
) -> None:
    script = (
        "import sys\n"
        "class Without:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.split('.')[0] == {module!r}: raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Without())\n"
        "import importlib.util\n"
        "find = importlib.util.find_spec\n"
        f"importlib.util.find_spec = lambda name: None if name == {module!r} else find(name)\n"
        "from edge_app.inference.runtimes import *\n"
        "from edge_app.inference.session import *\n"
        f"assert {runtime!r} not in installed_runtimes()\n"
        "try:\n"
        f"    open_session({runtime!r}, ModelContent('m', b''), Signature({{}}, {{}}), threads=1)\n"
        "except RuntimeMissingError as error: print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert f"pip install 'vigil-driver-monitoring[{extra}]'" in run.stdout


def test_runtimes_are_listed_without_being_imported() -> None:
    script = (
        "import sys\n"
        "from edge_app.inference.runtimes import installed_runtimes\n"
        "assert 'litert' in installed_runtimes()\n"
        "print([m for m in ('ai_edge_litert', 'onnxruntime', 'openvino') if m in sys.modules])\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_openvino_tells_nobody_that_it_was_imported() -> None:
    pytest.importorskip("openvino")
    script = (
        "import sys\n"
        "import edge_app.inference.open_vino\n"
        "print([m for m in sys.modules if m.startswith('openvino_telemetry')])\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_onnx_runtime_queues_nothing_for_its_maker(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    script = (
        "from pathlib import Path\n"
        "from edge_app.inference.onnx_runtime import onnxruntime\n"
        "import onnxruntime.datasets as models\n"
        "onnxruntime.InferenceSession(models.get_example('sigmoid.onnx'))\n"
    )
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    subprocess.run([sys.executable, "-c", script], env={**os.environ, **home}, check=True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@each_runtime
def test_loading_and_running_writes_nothing(
    runtime: RuntimeName, content: Content, capfd: pytest.CaptureFixture[str]
) -> None:
    made = content()
    capfd.readouterr()
    open_session(runtime, made, SIGNATURE, threads=1).run({"x": X})
    written = capfd.readouterr()
    assert written.out == written.err == ""


def test_every_runtime_has_a_remedy() -> None:
    for name in runtimes.RUNTIME_NAMES:
        assert "pip install" in runtimes.missing_sentence(name)
    assert issubclass(RuntimeMissingError, UserError)
