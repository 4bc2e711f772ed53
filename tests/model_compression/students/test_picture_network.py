"""Networks for one picture: as large as published, and with the heads that were asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from edge_app.errors import UserError  # noqa: E402
from model_compression.students import create_student  # noqa: E402
from model_compression.students.backbones import BACKBONES, create_backbone  # noqa: E402
from model_compression.students.picture_network import PictureNetwork  # noqa: E402
from model_compression.training.network_file import take_over  # noqa: E402
from model_compression.training.networks import create_network  # noqa: E402

TRANSFORMERS = ("vit-b16", "beit-l16")
# With a linear layer of 1000 classes. MobileViT: Mehta and Rastegari 2021, table 1 (5.6, 2.3 and 1.3 M); EfficientNet:
# Tan and Le 2019, table 2 (5.3 and 9.2 M) and 2021, table 7 (54 M); ResNet-50: 25.56 M; ViT-B/16: 86.57 M; BEiT-L/16:
# 304.43 M. To the last parameter they are those of the weights that torchvision, transformers and Apple publish.
PUBLISHED = {
    "mobilevit-xxs": 1_272_024,
    "mobilevit-xs": 2_317_848,
    "mobilevit-s": 5_578_632,
    "efficientnet-b0": 5_288_548,
    "efficientnet-b2": 9_109_994,
    "efficientnet-v2-m": 54_139_356,
    "resnet-50": 25_557_032,
    "vit-b16": 86_567_656,
    "beit-l16": 304_430_568,
}
EMBEDDINGS = {
    "mobilefacenet": 512,
    "mobilefacenet-2x": 512,
    "mobilevit-xxs": 320,
    "mobilevit-xs": 384,
    "mobilevit-s": 640,
    "efficientnet-b0": 1280,
    "efficientnet-b2": 1408,
    "efficientnet-v2-m": 1280,
    "ddamfn": 512,
    "resnet-50": 2048,
    "vit-b16": 768,
    "beit-l16": 1024,
}


def _count(network: torch.nn.Module) -> int:
    return sum(weights.numel() for weights in network.parameters())


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_backbone_has_the_published_number_of_parameters(name: str) -> None:
    if name in TRANSFORMERS:
        pytest.importorskip("transformers")
    with torch.device("meta"):
        network = PictureNetwork(backbone=name, classes=1000)
    assert _count(network) == PUBLISHED[name]


@pytest.mark.parametrize(
    ("name", "published"),
    # insightface's MobileFaceNet, 2.05 M; DDAMFN: Zhang et al. 2023, 4.11 M, of which the text leaves a little open.
    [("mobilefacenet-2x", 2.05e6), ("ddamfn", 4.11e6)],
)
def test_face_backbone_is_within_a_hundredth_of_the_published_size(
    name: str, published: float
) -> None:
    assert _count(create_backbone(name)) == pytest.approx(published, rel=0.01)


@pytest.mark.parametrize("name", BACKBONES)
def test_embedding_has_the_size_that_the_network_says(name: str) -> None:
    if name in TRANSFORMERS:
        pytest.importorskip("transformers")
    with torch.device("meta"):
        network = PictureNetwork(backbone=name).eval()
        side = network.input_size_px
        said = network(torch.empty(2, 3, side, side))
    assert said["embedding"].shape == (2, EMBEDDINGS[name])
    assert network.embedding_size == EMBEDDINGS[name]


def test_heads_are_those_asked_for() -> None:
    network = create_network(
        "picture-network", backbone="mobilevit-xxs", valence_arousal=True, identities=5, side_px=64
    )
    said = network.eval()(torch.zeros(2, 3, 64, 64))
    shapes = {name: tuple(value.shape) for name, value in said.items()}
    assert shapes == {
        "logits": (2, 8),
        "valence_arousal": (2, 2),
        "identity": (2, 5),
        "embedding": (2, 320),
    }


def test_network_without_heads_gives_its_embedding_alone() -> None:
    network = PictureNetwork(backbone="mobilefacenet", classes=None).eval()
    assert set(network(torch.zeros(1, 3, 112, 112))) == {"embedding"}


@pytest.mark.parametrize(
    ("name", "mean", "std"),
    [
        ("mobilefacenet", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
        ("ddamfn", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    ],
)
def test_network_says_how_pictures_are_normalised(
    name: str, mean: tuple[float, ...], std: tuple[float, ...]
) -> None:
    network = PictureNetwork(backbone=name)
    assert (network.mean, network.std) == (mean, std)


def test_grey_pictures_are_normalised_by_the_mean_of_the_colours() -> None:
    network = PictureNetwork(backbone="efficientnet-b0", channels=1).eval()
    assert network.mean == (pytest.approx(0.449, abs=1e-3),)
    assert network(torch.zeros(1, 1, 64, 64))["logits"].shape == (1, 8)


def test_face_student_begins_from_a_picture_network_of_its_family(tmp_path: Path) -> None:
    torch.manual_seed(0)
    learned = PictureNetwork(backbone="mobilefacenet", channels=1, activation="relu")
    torch.save(learned.state_dict(), tmp_path / "learned.pt")
    student = create_student("mobilefacenet", ("quality",))
    told = take_over(student, tmp_path / "learned.pt")
    own = student.state_dict()
    backbone = [name for name in own if name.split(".")[0] in ("early", "late", "pool")]
    assert set(backbone) <= set(told.taken)
    assert all(torch.equal(own[name], learned.state_dict()[name]) for name in backbone)


def test_stochastic_depth_leaves_branches_out_in_training_alone() -> None:
    torch.manual_seed(0)
    network = PictureNetwork(backbone="efficientnet-b0", stochastic_depth=0.9, dropout=0.0)
    network.requires_grad_(False)
    picture = torch.randn(1, 3, 64, 64).expand(8, -1, -1, -1)
    spread = network(picture)["embedding"].std(dim=0).max()
    assert spread > 1e-3
    still = network.eval()(picture)["embedding"]
    assert still.std(dim=0).max() < 1e-5


def test_unknown_backbone_is_named_with_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean resnet-50"):
        create_network("picture-network", backbone="resnet50")


def test_weights_of_a_backbone_that_takes_none_are_one_sentence() -> None:
    with pytest.raises(UserError, match="resnet-50 has no option 'weights'"):
        PictureNetwork(backbone="resnet-50", weights="somewhere")
