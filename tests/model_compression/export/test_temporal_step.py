"""A temporal head as a step of the vehicle: the same numbers as torch's GRU, classes by name, one logit as two."""

from __future__ import annotations

import pytest
import torch

from edge_app.errors import UserError
from model_compression.export.part_model import PartModel, part_model
from model_compression.students.temporal_head import TemporalHead
from tests.model_compression.export.tiny_students import tiny_eyes

FEATURES, HIDDEN = 12, 8


def head(**labels: int) -> TemporalHead:
    torch.manual_seed(0)
    return TemporalHead(labels=labels, features=FEATURES, hidden=HIDDEN, rate_hz=5.0).eval()


def stepped(part: PartModel, features: torch.Tensor) -> dict[str, torch.Tensor]:
    """(T, F) -> each output (T, …), what is remembered going in again."""
    memory, said = torch.zeros(1, HIDDEN), []
    for feature in features:
        said.append(part.run(torch.cat([feature[None], memory], dim=1)))
        memory = said[-1]["memory"]
    return {name: torch.cat([step[name] for step in said]) for name in part.outputs}


def test_step_by_step_it_says_what_the_head_says_of_the_sequence() -> None:
    network = head(drowsiness=2, intoxication=3, expression=7)
    features = torch.randn(50, FEATURES, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        whole = network(features[None])
    said = stepped(part_model(network, "temporal"), features)
    for label, output in (
        ("drowsiness", "drowsiness"),
        ("intoxication", "intoxication"),
        ("expression", "expression_over_time"),
        ("memory", "memory"),
    ):
        torch.testing.assert_close(said[output], whole[label][0], rtol=0, atol=1e-6)


def test_one_logit_goes_out_as_two_of_the_same_probability() -> None:
    network = head(drowsiness=1)
    features = torch.randn(9, FEATURES, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        drowsy = torch.sigmoid(network(features[None])["drowsiness"][0, :, 0])
    said = stepped(part_model(network, "temporal"), features)["drowsiness"]
    torch.testing.assert_close(torch.softmax(said, dim=1)[:, 1], drowsy)


def test_part_is_as_the_bundle_format_has_it() -> None:
    part = part_model(head(drowsiness=1, expression=7), "temporal")
    assert (part.input_name, part.input_shape) == ("step", (1, FEATURES + HIDDEN))
    assert part.outputs == {
        "drowsiness": (1, 2),
        "expression_over_time": (1, 7),
        "memory": (1, HIDDEN),
    }
    assert part.rate_hz == 5.0


def test_classes_are_named_as_the_head_s_file_names_them_or_as_in_prepared_clips() -> None:
    network = head(drowsiness=2, intoxication=2)
    told = {"intoxication": ["below strong", "at least strong"]}
    assert part_model(network, "temporal", told).classes == {
        "drowsiness": ("alert", "drowsy"),
        "intoxication": ("below_strong", "at_least_strong"),  # a bundle's names hold no spaces
    }


def test_classes_that_nobody_names_are_one_sentence() -> None:
    with pytest.raises(UserError, match="tells 2 classes of intoxication, and its file does not"):
        part_model(head(intoxication=2), "temporal")


def test_label_without_a_head_in_the_format_is_one_sentence() -> None:
    with pytest.raises(UserError, match="no head for boredom over time"):
        part_model(head(boredom=2), "temporal")


def test_other_student_is_no_temporal_head() -> None:
    with pytest.raises(UserError, match="the part temporal is made of a temporal head"):
        part_model(tiny_eyes(), "temporal")
