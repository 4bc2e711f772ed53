"""Concordance and correlation against their closed forms, and where nothing varies."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from model_compression.training.tasks.concordance import concordance, pearson
from model_compression.training.tasks.losses import discordance


def drawn(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_concordance_is_that_of_lin() -> None:
    x, y = drawn(0, 50), drawn(1, 50) * 2 + 0.3
    (var_x, cov), (_, var_y) = np.cov(x.numpy(), y.numpy(), bias=True)
    expected = 2 * cov / (var_x + var_y + (x.mean() - y.mean()) ** 2)
    assert float(concordance(x, y)) == pytest.approx(float(expected), rel=1e-9)


def test_pearson_is_that_of_numpy() -> None:
    x, y = drawn(0, 50), drawn(1, 50) + 0.5 * drawn(0, 50)
    assert float(pearson(x, y)) == pytest.approx(float(np.corrcoef(x, y)[0, 1]), rel=1e-9)


def test_only_the_truth_itself_is_wholly_concordant() -> None:
    y = drawn(0, 20)
    assert float(concordance(y, y)) == pytest.approx(1.0, abs=1e-12)
    assert float(concordance(-y + 2 * y.mean(), y)) == pytest.approx(-1.0, abs=1e-12)


def test_offset_and_scale_lower_concordance_and_not_correlation() -> None:
    y = drawn(0, 20)
    for other in (y + 1, y * 3):
        assert float(concordance(other, y)) < 0.9
        assert float(pearson(other, y)) == pytest.approx(1.0, abs=1e-12)


def test_each_column_has_its_own() -> None:
    x, y = drawn(0, 30, 2), drawn(1, 30, 2)
    for measure in (concordance, pearson):
        both = measure(x, y)
        assert both.shape == (2,)
        assert float(both[1]) == pytest.approx(float(measure(x[:, 1], y[:, 1])), rel=1e-9)


@pytest.mark.parametrize("measure", [concordance, pearson])
def test_where_nothing_varies_it_is_0_and_its_slope_a_number(measure) -> None:  # type: ignore[no-untyped-def]
    x = torch.full((8,), 0.25, requires_grad=True)
    value = measure(x, torch.full((8,), 0.25))
    value.backward()
    assert float(value.detach()) == 0.0
    assert torch.isfinite(x.grad).all()


def test_half_precision_is_measured_in_full() -> None:
    x, y = drawn(0, 4000).bfloat16(), drawn(1, 4000).float()
    assert concordance(x, y).dtype == torch.float32


def test_shapes_that_would_be_broadcast_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        concordance(torch.zeros(4, 1), torch.zeros(4))


def test_values_that_are_not_known_take_no_part() -> None:
    said, truth = drawn(0, 10), drawn(1, 10)
    truth[[2, 5]] = torch.nan
    kept = [0, 1, 3, 4, 6, 7, 8, 9]
    expected = (1 - concordance(said[kept], truth[kept])) / 2
    assert float(discordance(said, truth)) == pytest.approx(float(expected))
    assert float(discordance(said, torch.full((10,), torch.nan, dtype=torch.float64))) == 0.0
