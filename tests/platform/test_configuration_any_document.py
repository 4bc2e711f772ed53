"""No document, however strange, gets anything out of the loader but settings or a ConfigurationError."""

from __future__ import annotations

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.configuration.document import read_document
from edge_app.configuration.load import ConfigurationError, load_settings, validated
from edge_app.settings import VigilSettings


def keys_of(schema: dict) -> list[str]:
    keys = set(schema.get("properties", {}))
    for definition in schema.get("$defs", {}).values():
        keys.update(definition.get("properties", {}))
    return sorted(keys)


KEYS = keys_of(VigilSettings.model_json_schema())
WORDS = st.sampled_from(["sound", "fixed", "auto", "on", "~", "1e3", ".nan", "-.inf", "v4l2:0"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | WORDS
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(st.sampled_from(list(VigilSettings.model_fields)), VALUES, max_size=4)
YAML_CHARACTERS = st.text(
    st.sampled_from("ab:1.-?[]{}#&*!|>'\"%@`,~<\\\n \t\ud800é\x07"), max_size=60
)


def read(text: str) -> None:
    try:
        result = validated(VigilSettings, read_document(text, "x.yaml"))
    except ConfigurationError as error:
        assert error.sentences
        for sentence in str(error).splitlines():
            assert sentence.startswith("x.yaml")
            assert sentence.endswith((".", "?"))
    else:
        assert isinstance(result, VigilSettings)


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS)
def test_any_values_under_known_keys_are_settings_or_sentences(document):
    read(yaml.safe_dump(document, allow_unicode=True))


@settings(max_examples=300, deadline=None)
@given(YAML_CHARACTERS)
def test_any_text_is_settings_or_sentences(text):
    read(text)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_settings_or_sentences(tmp_path_factory, content):
    file = tmp_path_factory.mktemp("any") / "x.yaml"
    file.write_bytes(content)
    try:
        load_settings(file)
    except ConfigurationError as error:
        assert str(file) in str(error)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([*KEYS, "cabin.outputs.0.pin", ""]), YAML_CHARACTERS)
def test_any_option_is_settings_or_sentences(key, text):
    try:
        load_settings(None, [f"{key}={text}"])
    except ConfigurationError as error:
        assert str(error).startswith("--set")
