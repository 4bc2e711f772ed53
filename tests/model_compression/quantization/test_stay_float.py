"""Which layers stay float, on drawn graphs."""

from __future__ import annotations

from model_compression.quantization.stay_float import (
    Layer,
    final_layers,
    opening_layers,
    stay_float,
)


def test_linear_layers_behind_the_last_convolution_are_final() -> None:
    layers = [
        Layer("conv", "convolution", ("picture",)),
        Layer("mean", "average", ("conv",)),
        Layer("flat", "shape", ("mean",)),
        Layer("neck", "linear", ("flat",)),
        Layer("relu", "activation", ("neck",)),
        Layer("head", "linear", ("relu",)),
    ]
    assert final_layers(layers, {"head"}) == {"neck", "relu", "head"}


def test_sum_of_a_last_linear_layer_and_a_mean_over_a_map_is_final() -> None:
    layers = [
        Layer("conv", "convolution", ("picture",)),
        Layer("softmax", "other", ("conv",)),
        Layer("mean place", "linear", ("softmax",)),
        Layer("neck", "linear", ("pool",)),
        Layer("pool", "average", ("conv",)),
        Layer("points", "other", ("mean place", "neck")),
    ]
    assert final_layers(layers, {"points"}) == {"mean place", "neck", "points"}


def test_convolution_that_a_last_linear_layer_reads_is_final_and_one_behind_a_mean_is_not() -> None:
    layers = [
        Layer("trunk", "convolution", ("picture",)),
        Layer("whole map", "convolution", ("trunk",)),
        Layer("flat", "shape", ("whole map",)),
        Layer("neck", "linear", ("flat",)),
        Layer("mean", "average", ("trunk",)),
        Layer("classes", "linear", ("mean",)),
    ]
    assert final_layers(layers, {"neck", "classes"}) == {"whole map", "neck", "classes"}


def test_linear_layers_of_attention_are_not_final() -> None:
    layers = [
        Layer("qkv", "linear", ("tokens",)),
        Layer("product", "attention", ("qkv",)),
        Layer("project", "linear", ("product",)),
        Layer("fuse", "convolution", ("project",)),
        Layer("mean", "average", ("fuse",)),
        Layer("head", "linear", ("mean",)),
    ]
    assert final_layers(layers, {"head"}) == {"head"}


def test_convolution_that_is_an_output_is_final_and_one_behind_an_activation_is_not() -> None:
    layers = [
        Layer("trunk", "convolution", ("picture",)),
        Layer("relu", "activation", ("trunk",)),
        Layer("heat", "convolution", ("relu",)),
        Layer("turned", "shape", ("heat",)),
    ]
    assert final_layers(layers, {"turned", "relu"}) == {"heat"}


def test_convolution_added_to_another_is_not_final() -> None:
    layers = [
        Layer("narrow", "convolution", ("before",)),
        Layer("sum", "other", ("narrow", "before")),
    ]
    assert final_layers(layers, {"sum"}) == set()


def test_opening_is_the_convolution_of_the_picture_with_what_touches_it() -> None:
    layers = [
        Layer("pad", "shape", ("picture",)),
        Layer("first", "convolution", ("pad",), of_one_channel=True),
        Layer("relu", "activation", ("first",)),
        Layer("second", "convolution", ("relu",)),
        Layer("later relu", "activation", ("second",)),
    ]
    assert opening_layers(layers) == {"pad", "first", "relu"}


def test_opening_begins_with_what_shrinks_the_picture() -> None:
    layers = [
        Layer("halved", "average", ("picture",)),
        Layer("first", "convolution", ("halved",), of_one_channel=True),
        Layer("relu", "activation", ("first",)),
    ]
    assert opening_layers(layers) == {"halved", "first", "relu"}


def test_part_that_reads_many_channels_has_no_opening() -> None:
    layers = [Layer("first", "convolution", ("maps",)), Layer("r", "activation", ("first",))]
    assert opening_layers(layers) == set()


def test_of_a_recurrent_part_only_linear_layers_before_the_last_are_rounded() -> None:
    layers = [
        Layer("norm", "other", ("step",)),
        Layer("enter", "linear", ("norm",)),
        Layer("relu", "activation", ("enter",)),
        Layer("from entered", "linear", ("relu",)),
        Layer("from memory", "linear", ("step",)),
        Layer("gate", "other", ("from entered", "from memory")),
        Layer("memory", "other", ("gate", "step")),
        Layer("head", "linear", ("memory",)),
    ]
    floating = stay_float(layers, {"memory", "head"})
    assert floating == {"norm", "gate", "memory", "head"}
