"""What clip networks hold and compute: golden tables, each checked by a second way of counting."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from model_compression.teachers import TEACHERS, create_teacher
from model_compression.teachers.macs import count_macs

# Straightforward 3D inflation of Xception (Chollet 2017, fig. 5), 7 classes, no attention. Paper 1, table 7, has
# 17.63, 20.75, 23.87, 26.99 and 33.23 M parameters for the same blocks, which no reading of its text gives.
# Middle blocks -> parameters, multiply-accumulates of 16 frames at 299, 160 and 112 px.
XCEPTION = {
    3: (13_008_311, 59_480_225_696, 16_509_614_976, 7_968_453_984),
    4: (14_661_599, 61_861_266_176, 17_169_182_976, 8_291_642_304),
    5: (16_314_887, 64_242_306_656, 17_828_750_976, 8_614_830_624),
    6: (17_968_175, 66_623_347_136, 18_488_318_976, 8_938_018_944),
    8: (21_274_751, 71_385_428_096, 19_807_454_976, 9_584_395_584),
}
PLAIN: dict[str, Any] = {"elca": None, "egca": False, "adversarial": False}


def _teacher(name: str, **options: Any) -> torch.nn.Module:
    with torch.device("meta"):
        return create_teacher(name, **{"classes": 7, **options}).eval()


def _parameters(network: torch.nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize("blocks", sorted(XCEPTION))
def test_xception3d_holds_and_computes_what_the_table_says(blocks: int) -> None:
    network = _teacher("xception3d", middle_blocks=blocks, **PLAIN)
    macs = [count_macs(network, (3, 16, side, side)) for side in (299, 160, 112)]
    assert (_parameters(network), *macs) == XCEPTION[blocks]


def test_xception3d_at_112_px_computes_what_its_layers_do_by_hand() -> None:
    def separable(narrow: int, wide: int, places: int) -> int:
        return places * narrow * (27 + wide)

    # Frames x height x width behind stem (55, then 53), entry blocks (27, 14, 7) and exit block (4).
    stem_1, stem_2, at_1, at_2, at_3, at_exit = (
        frames * side**2 for frames, side in ((16, 55), (16, 53), (16, 27), (8, 14), (4, 7), (2, 4))
    )
    by_hand = (
        stem_1 * 27 * 3 * 32
        + stem_2 * 27 * 32 * 64
        + separable(64, 128, stem_2)
        + separable(128, 128, stem_2)
        + at_1 * 64 * 128
        + separable(128, 256, at_1)
        + separable(256, 256, at_1)
        + at_2 * 128 * 256
        + separable(256, 728, at_2)
        + separable(728, 728, at_2)
        + at_3 * 256 * 728
        + 5 * 3 * separable(728, 728, at_3)
        + separable(728, 728, at_3)
        + separable(728, 1024, at_3)
        + at_exit * 728 * 1024
        + separable(1024, 1536, at_exit)
        + separable(1536, 2048, at_exit)
        + 2048 * 7
    )
    assert by_hand == XCEPTION[5][3]


def test_attention_adds_its_convolutions_and_one_product() -> None:
    with_attention = count_macs(_teacher("xception3d"), (3, 16, 112, 112))
    # ELCA: 5 taps at 728 channels; EGCA: twice 7 taps at 2048, then attention times the averaged map.
    added = 5 * 728 + 2 * 7 * 2048 + 2048**2
    assert with_attention == XCEPTION[5][3] + added


@pytest.mark.parametrize("name", TEACHERS)
def test_count_equals_that_of_torch(name: str) -> None:
    network = _teacher(name)
    with FlopCounterMode(display=False) as counter, torch.device("meta"):
        network(torch.empty(1, 3, 8, 64, 64))
    assert 2 * count_macs(network, (3, 8, 64, 64)) == counter.get_total_flops()


def test_x3d_m_has_the_size_and_cost_that_were_published() -> None:
    # Feichtenhofer 2020: 3.8 M parameters and 4.73 GFLOPs (multiply-adds) at 16 x 224 x 224, 400 classes.
    network = _teacher("x3d-m", classes=400)
    assert _parameters(network) == 3_794_322
    assert count_macs(network, (3, 16, 224, 224)) == 4_732_468_736


def test_resnet3d_18_has_the_size_of_its_table() -> None:
    # Hara et al. 2018, table 1, R-18 with shortcuts of type A, 400 classes.
    stem = 3 * 64 * 7**3
    wide = (64, 128, 256, 512)
    convolutions = 27 * sum(4 * c * c - (c // 2 * c if c > 64 else 0) for c in wide)
    norms = 2 * (64 + sum(4 * c for c in wide))
    network = _teacher("resnet3d-18", classes=400)
    assert _parameters(network) == stem + convolutions + norms + 512 * 400 + 400 == 33_235_280


def test_counting_leaves_the_network_as_it_was() -> None:
    network = create_teacher("x3d-m", classes=2)
    count_macs(network, (3, 4, 32, 32))
    assert network.training
    assert {p.device.type for p in network.parameters()} == {"cpu"}
