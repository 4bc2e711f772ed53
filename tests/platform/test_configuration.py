"""Every mistake in a configuration is one sentence with file, line, key, value and what is allowed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field, SecretStr, field_validator

from edge_app.alerts.cabin_settings import GpioLightOutputSettings, SoundOutputSettings
from edge_app.configuration.document import MAX_BYTES, read_document
from edge_app.configuration.load import ConfigurationError, load_settings, profile_names, validated
from edge_app.settings import VigilSettings
from edge_app.settings_model import SettingsModel
from edge_app.vehicle.settings import FixedProviderSettings


@pytest.fixture
def load(tmp_path):
    def load(text: str | bytes, *overrides: str) -> VigilSettings:
        file = tmp_path / "my.yaml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_settings(file, overrides)

    return load


@pytest.fixture
def complaint(load, tmp_path):
    """What is said of a text, without the folder."""

    def complaint(text: str | bytes, *overrides: str) -> str:
        with pytest.raises(ConfigurationError) as caught:
            load(text, *overrides)
        return str(caught.value).replace(f"{tmp_path}/", "")

    return complaint


# Sentences for values


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "unit:\n  vehicle_id: a/b\n",
            "my.yaml:2: unit.vehicle_id is a/b but must be 1 to 64 of the characters A-Z a-z 0-9 _ - ."
            " with a letter or digit first.",
        ),
        (
            "# unit\n\nunit:\n\n  vehicle: bus\n",
            "my.yaml:5: unit.vehicle is not a known key; did you mean `vehicle_id`?",
        ),
        (
            "unit:\n  xyz: 1\n",
            "my.yaml:2: unit.xyz is not a known key; allowed here: vehicle_id.",
        ),
        (
            "cabin:\n  outputs:\n  - type: gpio_light\n    pin: 99\n",
            "my.yaml:4: cabin.outputs.0.pin is 99 but must be a whole number from 0 to 27.",
        ),
        (
            "cabin:\n  outputs:\n  - type: gpio_light\n    pin: 2.5\n",
            "my.yaml:4: cabin.outputs.0.pin is 2.5 but must be a whole number from 0 to 27.",
        ),
        (
            "cabin: {outputs: [{type: gpio_light, pin: true}]}\n",
            "my.yaml:1: cabin.outputs.0.pin is true but must be a whole number from 0 to 27.",
        ),
        (
            'cabin: {outputs: [{type: gpio_light, pin: "7"}]}\n',
            'my.yaml:1: cabin.outputs.0.pin is "7" but must be a whole number from 0 to 27.',
        ),
        (
            "cabin:\n  outputs:\n  - pin: 3\n",
            "my.yaml:3: cabin.outputs.0.type is missing and must be one of `console`, `sound`,"
            " `gpio_buzzer`, `gpio_light`.",
        ),
        (
            "cabin:\n  outputs:\n  - type: gpio_ligth\n",
            "my.yaml:3: cabin.outputs.0.type is gpio_ligth but must be one of `console`, `sound`,"
            " `gpio_buzzer`, `gpio_light`; did you mean `gpio_light`?",
        ),
        (
            "cabin:\n  outputs: sound\n",
            "my.yaml:2: cabin.outputs is sound but must be a list of 0 to 16 items.",
        ),
        ("cabin: [sound]\n", "my.yaml:1: cabin is a list of 1 but must be a group of keys."),
        (
            "vehicle:\n  provider:\n    type: fixed\n    speed_kmh: .nan\n",
            "my.yaml:4: vehicle.provider.speed_kmh is .nan but must be a number from 0 to 400 or null.",
        ),
        (
            "vehicle:\n  provider:\n    type: fixed\n    speed_kmh: 1e3\n",
            "my.yaml:4: vehicle.provider.speed_kmh is 1e3 but must be a number from 0 to 400 or null.",
        ),
        (
            "vehicle:\n  provider: {type: fixed, ignition_on: maybe}\n",
            "my.yaml:2: vehicle.provider.ignition_on is maybe but must be true or false or null.",
        ),
        (
            "camera:\n  source:\n    - v4l2:0\n",
            "my.yaml:2: camera.source is a list of 1 but must be text of 1 character or more.",
        ),
        (
            "perception:\n  model_file: {}\n",
            "my.yaml:2: perception.model_file is a group of keys but must be a path or null.",
        ),
        (
            "cabin:\n  outputs:\n  - {type: gpio_light, pin: 5}\n  - {type: gpio_buzzer, pin: 5}\n",
            "my.yaml:1: cabin: GPIO 5 is used twice; give each output and button its own.",
        ),
    ],
)
def test_wrong_value_is_told_with_place_and_what_is_allowed(complaint, text, sentence):
    assert complaint(text) == sentence


def test_expression_that_is_not_read_cannot_be_published(complaint, load):
    publish = "telemetry:\n  publish_expression: true\n"
    sentence = complaint(publish)
    assert sentence == (
        "my.yaml:1: telemetry: publish_expression is true but perception.expression is not, so there is"
        " nothing to publish: switch both on, or leave both out."
    )
    assert load(f"perception:\n  expression: true\n{publish}").telemetry.publish_expression


def test_heads_over_time_that_are_not_read_cannot_be_published(complaint, load):
    publish = "telemetry:\n  publish_experimental: true\n"
    sentence = complaint(f"perception:\n  temporal: false\n{publish}")
    assert sentence == (
        "my.yaml:3: telemetry: publish_experimental is true but perception.temporal is not, so there is"
        " nothing to publish: switch both on, or leave out publish_experimental."
    )
    assert load(publish).telemetry.publish_experimental
    assert not load("perception:\n  temporal: true\n").telemetry.publish_experimental


def test_every_mistake_is_told_in_the_order_of_the_file(complaint):
    text = "unit:\n  vehicle_id: a b\ncabin:\n  outputs:\n  - {type: sound, volume: 3}\nfoo: 1\n"
    assert [line.split(" ")[0] for line in complaint(text).splitlines()] == [
        "my.yaml:2:",
        "my.yaml:5:",
        "my.yaml:6:",
    ]


def test_long_value_is_cut(complaint):
    text = complaint(f"unit:\n  vehicle_id: {'x' * 500}\n")
    assert len(text) < 220
    assert "…" in text


@pytest.mark.parametrize(
    "text",
    [
        'unit: {vehicle_id: "\\e[31m\\r\\n"}',
        'unit: {"\\e[31m\\r\\n": 1}',
        'profile: "\\e[31m\\r\\n"',
    ],
)
def test_control_characters_do_not_reach_the_terminal(complaint, text):
    assert not {"\x1b", "\r", "\n"}.intersection(complaint(text))


# Files


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: 1\na: 2\n", "my.yaml:2: a is written twice, first on line 1; keep one."),
        (
            "unit:\n\tvehicle_id: x\n",
            "my.yaml:2: the line is indented with a tab; YAML allows only spaces.",
        ),
        ("- 1\n", "my.yaml:1: the file must hold keys with values (`key: value`)."),
        ("hello\n", "my.yaml:1: the file must hold keys with values (`key: value`)."),
        (
            b"unit:\n  vehicle_id: \xff\n",
            "my.yaml:2: the file is not UTF-8 text; save it as UTF-8.",
        ),
        (
            "unit: {}\n---\nunit: {}\n",
            "my.yaml:2: not valid YAML: the file holds more than one document (`---`); keep one.",
        ),
        (
            "unit:\n  <<: 3\n",
            "my.yaml:2: merge keys (`<<`) are not supported; write the values out.",
        ),
        ("? [a]\n: 1\n", "my.yaml:1: a key must be a single word."),
        (
            'unit: {vehicle_id: "\\ud800"}\n',
            "my.yaml:1: unit.vehicle_id holds half a surrogate pair; delete that escape.",
        ),
        (
            b"unit:\n  vehicle_id: a\x07\n",
            "my.yaml:2: this line holds a character that YAML does not allow; delete it.",
        ),
    ],
)
def test_broken_file_is_told_with_its_line(complaint, text, sentence):
    assert complaint(text) == sentence


@pytest.mark.parametrize("text", ["a: [1\n", "a: b: c\n", "a: 'x\n", "}\n", "a:\n b: 1\n  c: 2\n"])
def test_broken_yaml_is_one_line_with_a_place(complaint, text):
    assert complaint(text).startswith("my.yaml:")
    assert "not valid YAML" in complaint(text)
    assert "\n" not in complaint(text)


def test_missing_file_folder_and_unreadable_name_are_told(tmp_path):
    for path, words in [
        (tmp_path / "none.yaml", "there is no such configuration file"),
        (tmp_path, "this is a folder"),
        (Path("a\0b"), "cannot be read"),
    ]:
        with pytest.raises(ConfigurationError, match=words):
            load_settings(path)


@pytest.mark.parametrize("text", ["", "\n", "# only words\n", "null\n", "---\n", "\ufeff"])
def test_empty_file_means_the_defaults(load, text):
    assert load(text) == VigilSettings()


def test_group_with_only_comments_under_it_means_its_defaults(load):
    assert load("cabin:\n  # outputs: []\nvehicle:\n  provider:\n") == VigilSettings()


def test_file_as_large_as_no_configuration_is_refused(complaint):
    assert "larger than 256 KiB" in complaint(b"a: " + b"x" * MAX_BYTES)


def test_aliases_that_explode_are_refused(complaint):
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "more than 10000 values, aliases counted each time" in complaint("\n".join(lines))


def test_alias_to_itself_is_refused(complaint):
    assert "nested more than 32 deep" in complaint("a: &a [*a]\n")


@pytest.mark.parametrize("depth", [100, 50_000])
def test_deep_nesting_is_refused(complaint, depth):
    assert "nested more than 32 deep" in complaint("a: " + "[" * depth + "]" * depth)


def test_alias_within_bounds_repeats_its_value(load):
    text = "cabin: {outputs: [{type: sound, volume: &v 0.25}, {type: sound, volume: *v}]}\n"
    assert load(text).cabin.outputs == (SoundOutputSettings(volume=0.25),) * 2


# Scalars


@pytest.mark.parametrize(
    "text", ["007", "on", "1e3", "null-1", "12:30", "0x1F", "2026-11-20", "'5'"]
)
def test_text_may_look_like_something_else(load, text):
    if ":" in text:
        assert load(f"perception: {{model_file: {text}}}\n").perception.model_file == Path(text)
    else:
        expected = text.strip("'")
        assert load(f"unit:\n  vehicle_id: {text}\n").unit.vehicle_id == expected


@pytest.mark.parametrize(
    ("text", "speed_kmh"),
    [("80", 80.0), ("1e2", 100.0), ("8.5E+1", 85.0), (".5", 0.5), ("0x10", 16.0), ("~", None)],
)
def test_numbers_are_read_as_people_write_them(load, text, speed_kmh):
    settings = load(f"vehicle: {{provider: {{type: fixed, speed_kmh: {text}}}}}\n")
    assert settings.vehicle.provider == FixedProviderSettings(speed_kmh=speed_kmh)


@pytest.mark.parametrize(("word", "meaning"), [("on", True), ("No", False), ("TRUE", True)])
def test_booleans_may_be_written_as_words(load, word, meaning):
    assert (
        load(f"cabin: {{acknowledge: {{keyboard: {word}}}}}\n").cabin.acknowledge.keyboard
        == meaning
    )


# Secrets

SECRET = "hunter2-do-not-show"


@pytest.mark.parametrize(
    "text",
    [
        f"telemetry:\n  password: [{SECRET}]\n",
        f"telemetry:\n  password: {{x: {SECRET}}}\n",
        f"telemetry:\n  password: !{SECRET}\n",
        f"telemetry:\n  password: *{SECRET}\n",
        f"telemetry:\n  password: &{SECRET}\n  x: &{SECRET}\n  y: &{SECRET}\n",
        f"telemetry:\n  password: %{SECRET}\n",
        f"telemetry:\n  password: '{SECRET}\n",
        f"telemetry:\n  password: {SECRET}: x\n",
        f"telemetry:\n  pasword: {SECRET}\n",
        f"telemetry:\n  password: {SECRET}\n  password_env: X\n",
        f"telemetry:\n  password: {SECRET}\n  password: {SECRET}2\n",
        f"camera:\n  source: [rtsp://user:{SECRET}@host/]\n",
        f"perception:\n  runtime: rtsp://user:{SECRET}@host/\n",
    ],
)
def test_password_never_appears_in_an_error(complaint, text):
    assert SECRET not in complaint(text)


class Box(SettingsModel):
    word: SecretStr | None = Field(None, description="a secret", min_length=30)
    kind: Literal["a", "b"] = Field("a", description="a choice")
    share: float = Field(0.5, gt=0, lt=1, description="bounded on both sides, ends excluded")
    names: tuple[Annotated[str, Field(min_length=1)], ...] = Field((), description="a list")
    even: int = Field(0, description="with a rule of its own")

    @field_validator("even")
    @classmethod
    def _even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("must be even")
        return value


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("word: short", "x:1: word (not shown) must be text of 30 characters or more or null."),
        ("word: 12345", "x:1: word (not shown) must be text of 30 characters or more or null."),
        ("share: 1", "x:1: share is 1 but must be a number above 0 and below 1."),
        ("share: .inf", "x:1: share is .inf but must be a number above 0 and below 1."),
        ("names: [a, '']", 'x:1: names.1 is "" but must be text of 1 character or more.'),
        ("even: 3", "x:1: even is 3: must be even."),
        ("kind: c", "x:1: kind is c but must be one of `a`, `b`."),
    ],
)
def test_sentences_for_kinds_of_values(text, sentence):
    with pytest.raises(ConfigurationError) as caught:
        validated(Box, read_document(text, "x"))
    assert str(caught.value) == sentence


# Profiles


def test_profiles_come_with_the_program():
    assert {"raspberry_pi_4", "raspberry_pi_5", "jetson_orin_nano", "x86_64"} <= set(
        profile_names()
    )


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_is_valid(name):
    assert load_settings(None, [f"profile={name}"]).profile == name


def test_file_goes_over_the_profile_and_options_over_both(load):
    profile = load_settings(None, ["profile=raspberry_pi_5"]).camera
    assert profile.source != VigilSettings().camera.source
    file = "profile: raspberry_pi_5\ncamera:\n  width_px: 320\n"
    assert load(file).camera == profile.model_copy(update={"width_px": 320})
    over = load(file, "camera.width_px=800", "camera.source=file:x.avi").camera
    assert over == profile.model_copy(update={"width_px": 800, "source": "file:x.avi"})


def test_unknown_profile_is_told_with_the_known_ones(complaint):
    text = complaint("\nprofile: raspberry_pi_9\n")
    assert text.startswith('my.yaml:2: profile is "raspberry_pi_9" but must be one of `jetson')
    assert "`raspberry_pi_5`" in text


@pytest.mark.parametrize(
    "text",
    ["profile: ../../etc/passwd", "profile: [x]", "profile: {a: b}", "profile: 5", "profile: on"],
)
def test_profile_is_a_name_and_never_a_path(complaint, text):
    assert "profile is" in complaint(text)


# Options


def test_options_reach_values_of_every_kind(load):
    settings = load(
        "cabin: {outputs: [{type: sound}, {type: gpio_light}]}\n",
        "cabin.outputs.1.pin=7",
        "unit.vehicle_id=0012",
        "camera.source=gst:videotestsrc ! appsink",
        "telemetry.tls={check_host_name: off}",
        "vehicle.provider.type=fixed",
        "vehicle.provider.speed_kmh=1e1",
    )
    assert settings.cabin.outputs[1] == GpioLightOutputSettings(pin=7)
    assert settings.unit.vehicle_id == "0012"
    assert settings.camera.source == "gst:videotestsrc ! appsink"
    assert settings.telemetry.tls is not None
    assert not settings.telemetry.tls.check_host_name
    assert settings.vehicle.provider == FixedProviderSettings(speed_kmh=10.0)


def test_option_with_another_type_starts_that_group_afresh(load):
    text = "vehicle: {provider: {type: fixed, speed_kmh: 3}}\n"
    assert load(text, "vehicle.provider.type=none").vehicle.provider.type == "none"


def test_null_written_out_replaces_a_group_of_the_file(load):
    text = "telemetry: {enabled: false, tls: {check_host_name: false}}\n"
    assert load(text, "telemetry.tls=null").telemetry.tls is None


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("camera.width_px", "--set camera.width_px: write it as --set key.path=value."),
        ("=5", "--set : write it as --set key.path=value."),
        ("a..b=5", "--set a..b: write it as --set key.path=value."),
        (
            "camera.width_px=wide",
            "--set camera.width_px: camera.width_px is wide but must be a whole number from 64 to 7680.",
        ),
        (
            "camera.widht_px=5",
            "--set camera.widht_px: camera.widht_px is not a known key; did you mean `width_px`?",
        ),
        (
            "camera.source.x=5",
            "--set camera.source.x: camera.source is a group of keys but must be text of 1 character or"
            " more.",
        ),
        (
            "cabin.outputs.7.pin=5",
            "--set cabin.outputs.7.pin: cabin.outputs is a list of 1 and has no item `7`; items count"
            " from 0.",
        ),
    ],
)
def test_wrong_option_is_one_sentence(complaint, option, sentence):
    assert complaint("cabin: {outputs: [{type: sound}]}\n", option) == sentence


def test_option_never_repeats_a_password(complaint):
    assert SECRET not in complaint("", f"telemetry.password=[{SECRET}]")
    assert SECRET not in complaint("", f"telemetry.passwort={SECRET}")


def test_source_of_an_unknown_kind_is_told_with_the_known_ones(complaint):
    assert complaint("camera: {source: 'v4l3:0'}").endswith(
        "v4l3: is no kind of source; known are v4l2, picamera2, gst, rtsp, rtsps, file, images, sim."
    )
