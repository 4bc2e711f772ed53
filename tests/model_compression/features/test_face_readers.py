"""Networks that read faces: one of ours, a bundle's, one of transformers; each sees pictures as it was trained to."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from edge_app.errors import UserError
from edge_app.face.crop import FaceCrop
from model_compression.data.features.face_pixels import FacePixels
from model_compression.data.features.face_reader import Visual, open_face_reader
from model_compression.data.features.seen_frame import Face
from tests.model_compression.features.drawn_videos import face, framed, plain

SMALL = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "image_size": 32,
    "patch_size": 8,
}
EIGHT = ("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger", "contempt")


def three_faces() -> list[Face]:
    rng = np.random.default_rng(0)
    return [Face(rng.integers(0, 256, (40, 40, 3), np.uint8)) for _ in range(3)]


def test_names_of_networks_come_from_their_files_or_folders() -> None:
    assert Visual.of("b0=runs/affect") == Visual("b0", "runs/affect")
    assert Visual.of("runs/affect/network.pt").name == "affect"
    assert Visual.of("models/beit-large.v2").name == "beit-large"
    assert Visual.of("default").name == "default"
    with pytest.raises(UserError, match="NAME=NETWORK"):
        Visual.of("a.b=runs/affect")


def test_pixels_are_those_of_the_square_in_red_green_blue() -> None:
    picture = plain(0, 60)
    picture[20:40, 20:40] = (10, 20, 30)  # BGR
    pixels = FacePixels(8, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), scale=1.0)
    told = pixels.of([Face(picture, FaceCrop(30.0, 30.0, 20.0, 0.0))])
    assert told.shape == (1, 3, 8, 8)
    assert told[0, :, 4, 4].tolist() == [30.0, 20.0, 10.0]


def test_the_middle_of_a_larger_picture_is_shown_where_a_network_learned_from_it() -> None:
    picture = plain(0, 64)
    picture[16:48, 16:48] = 200
    whole, middle = (
        FacePixels(16, (0.0,), (1.0,), shown, 1.0).of([Face(picture)]) for shown in (1.0, 0.5)
    )
    assert whole[0, 0, 0, 0] == 0 and middle.min() > 100


def test_a_folder_of_nothing_known_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"network\.pt"):
        open_face_reader(str(tmp_path), "cpu")
    with pytest.raises(UserError, match="no bundle of this name"):
        open_face_reader("nobodys-bundle", "cpu")


def test_vigils_own_bundle_gives_its_embedding_and_seven_scores() -> None:
    reader = open_face_reader("default", "cpu")
    assert reader.streams["embedding"].size == 256
    assert set(reader.streams["scores"].places) == set(EIGHT[:7])
    frame = framed(face())
    told = reader.read([Face(frame, FaceCrop(320.0, 170.0, 200.0, 0.0))])
    np.testing.assert_allclose(np.exp(told["scores"]).sum(axis=1), 1.0, atol=1e-4)


class TestPictureNetworks:
    """Of ours."""

    @pytest.fixture
    def run(self, tmp_path: Path) -> Path:
        pytest.importorskip("torch")
        import torch

        from model_compression.training.config import TrainConfig
        from model_compression.training.network_file import write_network
        from model_compression.training.networks import create_network

        options = {
            "backbone": "mobilefacenet",
            "classes": 8,
            "valence_arousal": True,
            "width": 0.25,
        }
        config = TrainConfig.model_validate(
            {
                "name": "small-student",
                "part": "network",
                "network": {"name": "picture-network", "options": options},
                "task": {"name": "affect"},
                "stages": [{"steps": 1, "learning_rate": 0.1}],
            }
        )
        torch.manual_seed(0)
        network = create_network("picture-network", **options).eval()
        (tmp_path / "run").mkdir()
        write_network(
            tmp_path / "run" / "network.pt",
            network,
            config,
            step=1,
            metrics={},
            told={"classes": {"expression_8": list(EIGHT)}, "values": ["valence", "arousal"]},
        )
        return tmp_path / "run"

    def test_ten_numbers_have_names_and_are_what_the_network_says(self, run: Path) -> None:
        import torch

        from model_compression.training.network_file import read_network

        reader = open_face_reader(str(run), "cpu")
        assert reader.streams["scores"].places == (*EIGHT, "valence", "arousal")
        assert reader.streams["embedding"].size == 512
        faces = three_faces()
        told = reader.read(faces)
        network = read_network(run).network()
        side = network.input_size_px
        with torch.no_grad():
            given = network(torch.from_numpy(FacePixels(side, network.mean, network.std).of(faces)))
        expected = torch.cat([given["logits"], given["valence_arousal"]], dim=1).numpy()
        np.testing.assert_allclose(told["scores"], expected, atol=1e-5)
        np.testing.assert_allclose(told["embedding"], given["embedding"].numpy(), atol=1e-4)

    def test_a_network_of_something_else_is_refused(self, run: Path) -> None:
        import torch

        content = torch.load(run / "network.pt", weights_only=True)
        content["student"] = {"name": "expression-net", "options": {}}
        from model_compression.training.networks import create_network

        content["state_dict"] = create_network("expression-net").state_dict()
        torch.save(content, run / "network.pt")
        with pytest.raises(UserError, match="no picture-network"):
            open_face_reader(str(run), "cpu")


class TestTransformers:
    """Networks of others, as `save_pretrained` writes them."""

    @pytest.fixture(autouse=True)
    def packages(self) -> None:
        pytest.importorskip("torch").manual_seed(0)
        pytest.importorskip("transformers")

    @staticmethod
    def prepared(folder: Path, **changed: object) -> Path:
        told = {
            "do_resize": True,
            "size": {"height": 32, "width": 32},
            "do_normalize": True,
            "image_mean": [0.5, 0.4, 0.3],
            "image_std": [0.5, 0.5, 0.25],
        }
        (folder / "preprocessor_config.json").write_text(json.dumps({**told, **changed}))
        return folder

    def test_beit_gives_what_it_pools_itself(self, tmp_path: Path) -> None:
        import torch
        from transformers import BeitConfig, BeitForImageClassification

        classifier = BeitForImageClassification(BeitConfig(**SMALL)).eval()
        classifier.save_pretrained(tmp_path)
        reader = open_face_reader(str(self.prepared(tmp_path)), "cpu")
        assert set(reader.streams) == {"embedding"} and reader.streams["embedding"].size == 16
        faces = three_faces()
        pixels = FacePixels(32, (0.5, 0.4, 0.3), (0.5, 0.5, 0.25)).of(faces)
        with torch.no_grad():
            expected = classifier.beit(torch.from_numpy(pixels)).pooler_output.numpy()
        np.testing.assert_allclose(reader.read(faces)["embedding"], expected, atol=1e-5)

    def test_a_vit_without_pooling_of_its_own_gives_its_class_token_not_random_weights(
        self, tmp_path: Path
    ) -> None:
        import torch
        from transformers import ViTConfig, ViTForImageClassification

        classifier = ViTForImageClassification(ViTConfig(**SMALL)).eval()
        classifier.save_pretrained(tmp_path)
        reader = open_face_reader(str(self.prepared(tmp_path, do_normalize=False)), "cpu")
        faces = three_faces()
        pixels = FacePixels(32, (0.0,) * 3, (1.0,) * 3).of(faces)
        with torch.no_grad():
            expected = classifier.vit(torch.from_numpy(pixels)).last_hidden_state[:, 0].numpy()
        np.testing.assert_allclose(reader.read(faces)["embedding"], expected, atol=1e-5)

    def test_a_resnet_gives_its_pooled_map(self, tmp_path: Path) -> None:
        from transformers import ResNetConfig, ResNetModel

        ResNetModel(
            ResNetConfig(embedding_size=8, hidden_sizes=[8, 24], depths=[1, 1])
        ).save_pretrained(tmp_path)
        folder = self.prepared(
            tmp_path, size={"shortest_edge": 40}, do_center_crop=True, crop_size=32
        )
        reader = open_face_reader(str(folder), "cpu")
        assert reader.read(three_faces())["embedding"].shape == (3, 24)

    def test_missing_weights_or_preparing_are_refused(self, tmp_path: Path) -> None:
        from safetensors.torch import load_file, save_file
        from transformers import BeitConfig, BeitModel

        BeitModel(BeitConfig(**SMALL)).save_pretrained(tmp_path)
        with pytest.raises(UserError, match=r"preprocessor_config\.json"):
            open_face_reader(str(tmp_path), "cpu")
        self.prepared(tmp_path)
        weights = load_file(tmp_path / "model.safetensors")
        weights.pop(next(name for name in weights if "layernorm_before.weight" in name))
        save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
        with pytest.raises(UserError, match="lacks 1 weights"):
            open_face_reader(str(tmp_path), "cpu")


def test_without_transformers_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    monkeypatch.setitem(sys.modules, "transformers", None)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UserError, match="audio-visual"):
        open_face_reader(str(tmp_path), "cpu")
