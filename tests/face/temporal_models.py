"""A real, tiny ONNX model in the form of the part `temporal`: it counts its steps and tells them as probabilities."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edge_app.driver_state.signals import HeadReading, TemporalHead
from edge_app.face.temporal_model import TemporalModel
from edge_app.inference.runtimes import open_session
from edge_app.inference.session import ModelContent, Session, Signature

EMBEDDING = 256
LOGIT_PER_STEP = 0.01
HEADS = (
    TemporalHead("drowsiness", ("alert", "drowsy"), "none", of_emotion=False),
    TemporalHead(
        "intoxication",
        ("sober", "tipsy", "drunk"),
        "on 7 drives of one person",
        of_emotion=False,
    ),
)


def counting_model(bias: float = 0.0, per_step: float = LOGIT_PER_STEP) -> bytes:
    """step (1, 257) -> `memory` (1, 1), grown by the embedding's first number; logits of `HEADS`.

    `drowsiness` is (0, bias + per_step * memory), `intoxication` always (0, 1, 0).
    """
    onnx = pytest.importorskip("onnx", reason="no onnx: install the extra train")
    pytest.importorskip("onnxruntime")
    helper, numpy_helper = onnx.helper, onnx.numpy_helper

    def value(name: str, size: int) -> Any:
        return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, (1, size))

    count = np.zeros((EMBEDDING + 1, 1), np.float32)
    count[0] = count[EMBEDDING] = 1.0
    constants = {
        "count": count,
        "drowsy": np.array([[0.0, per_step]], np.float32),
        "drowsy_bias": np.array([[0.0, bias]], np.float32),
        "sober": np.zeros((1, 3), np.float32),
        "tipsy_bias": np.array([[0.0, 1.0, 0.0]], np.float32),
    }
    nodes = [
        # A number that is none stays one, whatever it is multiplied by.
        helper.make_node("MatMul", ["step", "count"], ["memory"]),
        helper.make_node("Gemm", ["memory", "drowsy", "drowsy_bias"], ["drowsiness"]),
        helper.make_node("Gemm", ["memory", "sober", "tipsy_bias"], ["intoxication"]),
    ]
    graph = helper.make_graph(
        nodes,
        "counting",
        [value("step", EMBEDDING + 1)],
        [value("drowsiness", 2), value("intoxication", 3), value("memory", 1)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    return bytes(model.SerializeToString())


def counting(
    rate_hz: float = 4.0,
    *,
    temperature: float = 1.0,
    bias: float = 0.0,
    per_step: float = LOGIT_PER_STEP,
) -> TemporalModel:
    outputs = (*(head.name for head in HEADS), "memory")
    session = open_session(
        "onnx",
        ModelContent("counting.onnx", counting_model(bias, per_step), b""),
        Signature({"step": "step"}, {name: name for name in outputs}),
        threads=1,
    )
    return TemporalModel(session, HEADS, {"drowsiness": temperature}, rate_hz, EMBEDDING, 1)


class Failing:
    """The session of a model whose every run after the first `after` is an error."""

    def __init__(self, session: Session, after: int) -> None:
        self._session, self._left = session, after

    def run(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        self._left -= 1
        if self._left < 0:
            raise RuntimeError("the runtime gave up")
        return self._session.run(inputs)


def failing(after: int) -> TemporalModel:
    """As `counting`, for so many steps."""
    model = counting()
    return replace(model, session=Failing(model.session, after))


def face(value: float = 1.0) -> np.ndarray:
    """An embedding that counts as one step."""
    return np.full(EMBEDDING, value, dtype=np.float32)


def steps_told(readings: Iterable[HeadReading]) -> int | None:
    """How many steps `counting` remembers; None where it says nothing."""
    for reading in readings:
        if reading.head == "drowsiness":
            alert, drowsy = reading.probabilities
            return round(math.log(drowsy / alert) / LOGIT_PER_STEP)
    return None
