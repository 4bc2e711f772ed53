"""Picture transformers from a folder on the disk: what was published says here what it said there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from safetensors.torch import load_file, save_file  # noqa: E402

from edge_app.errors import UserError  # noqa: E402
from model_compression.students.picture_network import PictureNetwork  # noqa: E402
from model_compression.training.config import TrainConfig  # noqa: E402
from model_compression.training.network_file import read_network, write_network  # noqa: E402

TINY: dict[str, Any] = {
    "image_size": 32,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}


@pytest.fixture
def beit(tmp_path: Path) -> Any:
    torch.manual_seed(0)
    config = transformers.BeitConfig(**TINY, use_relative_position_bias=True)
    model = transformers.BeitForImageClassification(config).eval()
    model.save_pretrained(tmp_path)
    return model


@pytest.fixture
def masked_beit(tmp_path: Path) -> Any:
    """Pre-trained alone: one table of positions for all layers, and no norm after the mean."""
    torch.manual_seed(0)
    config = transformers.BeitConfig(
        **TINY, use_mask_token=True, use_shared_relative_position_bias=True
    )
    model = transformers.BeitForMaskedImageModeling(config).eval()
    model.save_pretrained(tmp_path)
    return model


@pytest.fixture
def autoencoder(tmp_path: Path) -> Any:
    torch.manual_seed(0)
    decoder = {
        "decoder_hidden_size": 16,
        "decoder_num_hidden_layers": 1,
        "decoder_num_attention_heads": 2,
        "decoder_intermediate_size": 32,
    }
    config = transformers.ViTMAEConfig(**TINY, **decoder, mask_ratio=0.0)
    model = transformers.ViTMAEForPreTraining(config).eval()
    model.save_pretrained(tmp_path)
    return model


@torch.no_grad()
def test_beit_gives_the_vector_that_its_own_classes_are_told_from(
    beit: Any, tmp_path: Path
) -> None:
    network = PictureNetwork(backbone="beit-l16", classes=None, weights=str(tmp_path)).eval()
    pictures = torch.randn(2, 3, 32, 32)
    said = network(pictures)["embedding"]
    torch.testing.assert_close(beit.classifier(said), beit(pictures).logits)
    assert (network.input_size_px, network.embedding_size) == (32, 16)


@torch.no_grad()
def test_autoencoder_gives_the_mean_of_its_encoder(autoencoder: Any, tmp_path: Path) -> None:
    network = PictureNetwork(backbone="vit-b16", classes=None, weights=str(tmp_path)).eval()
    pictures = torch.randn(2, 3, 32, 32)
    tokens = autoencoder.vit(pictures).last_hidden_state  # none is masked
    torch.testing.assert_close(network(pictures)["embedding"], tokens[:, 1:].mean(1))


@torch.no_grad()
def test_grey_picture_says_what_the_same_picture_in_three_channels_says(
    beit: Any, tmp_path: Path
) -> None:
    colour, grey = (
        PictureNetwork(backbone="beit-l16", classes=None, weights=str(tmp_path), channels=n).eval()
        for n in (3, 1)
    )
    picture = torch.randn(1, 1, 32, 32)
    torch.testing.assert_close(
        grey(picture)["embedding"], colour(picture.expand(-1, 3, -1, -1))["embedding"]
    )


def written(network: PictureNetwork, file: Path, **options: Any) -> Path:
    """As a training writes it."""
    config = TrainConfig(
        name="tiny",
        part="network",
        network={"name": "picture-network", "options": {"classes": 7, **options}},
        task={"name": "pictures"},
        stages=[{"crop_px": 32, "steps": 2, "batch": 2, "learning_rate": 1e-3}],
    )
    write_network(file, network, config, step=2, metrics={})
    return file


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("family", ["beit", "masked_beit", "autoencoder"])
@torch.no_grad()
def test_file_is_read_without_the_folder_that_its_network_began_from(
    family: str, channels: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(family)
    options = {
        "backbone": "vit-b16" if family == "autoencoder" else "beit-l16",
        "channels": channels,
        "weights": str(tmp_path),
    }
    network = PictureNetwork(classes=7, **options).eval()
    file = written(network, tmp_path / "network.pt", **options)
    (tmp_path / "config.json").unlink()
    (tmp_path / "model.safetensors").unlink()
    read = read_network(file)
    assert str(tmp_path) not in str(read.choice)
    pictures = torch.randn(2, channels, 32, 32)
    torch.testing.assert_close(read.network()(pictures), network(pictures))


def test_older_file_that_names_a_folder_of_another_shape_is_one_sentence(
    beit: Any, tmp_path: Path
) -> None:
    options = {"backbone": "beit-l16", "weights": str(tmp_path)}
    file = written(PictureNetwork(classes=7, **options), tmp_path / "network.pt", **options)
    content = torch.load(file, weights_only=True)
    content["student"]["options"] = {"classes": 7, "backbone": "vit-b16", "weights": "gone"}
    torch.save(content, file)
    with pytest.raises(UserError, match=r"network\.pt: its weights do not fit"):
        read_network(file).network()


def test_folder_without_a_network_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no folder with config\.json"):
        PictureNetwork(backbone="vit-b16", weights=str(tmp_path))


def test_folder_of_another_kind_is_one_sentence(beit: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="of the kind 'beit'"):
        PictureNetwork(backbone="vit-b16", weights=str(tmp_path))


def test_another_picture_size_than_the_weights_is_one_sentence(beit: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="pictures of 32 px, not 224"):
        PictureNetwork(backbone="beit-l16", weights=str(tmp_path), side_px=224)


def test_damaged_weights_are_one_sentence(beit: Any, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"no tensors")
    with pytest.raises(UserError, match="weights cannot be loaded"):
        PictureNetwork(backbone="beit-l16", weights=str(tmp_path))


def test_damaged_configuration_is_one_sentence(beit: Any, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type":')
    with pytest.raises(UserError, match="weights cannot be loaded"):
        PictureNetwork(backbone="beit-l16", weights=str(tmp_path))


def test_folder_that_lacks_a_layer_is_one_sentence(beit: Any, tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    kept = {name: value for name, value in load_file(file).items() if "layer.1." not in name}
    save_file(kept, file, {"format": "pt"})
    with pytest.raises(UserError, match=r"lacks \d+ weights"):
        PictureNetwork(backbone="beit-l16", weights=str(tmp_path))
