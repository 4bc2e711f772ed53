"""What a driver may do for a while: one settings class for each behaviour, chosen by its `type`.

`CLAIMS` says which parts of the body a behaviour moves: two that move the same part must not overlap in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from driver_simulator.scenario.placed_errors import PlacedError
from edge_app.settings_model import SettingsModel

Target = Literal[
    "left_mirror",
    "right_mirror",
    "rear_mirror",
    "cluster",
    "console",
    "lap",
    "left_window",
    "right_window",
    "over_left_shoulder",
    "over_right_shoulder",
    "passenger",
]
Expression = Literal["neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger"]


class Behaviour(SettingsModel):
    from_s: float = Field(ge=0, description="When it begins, seconds from the scenario's start.")
    duration_s: float = Field(
        gt=0, description="How long it lasts, ways there and back included, seconds."
    )

    @property
    def until_s(self) -> float:
        """When it is over."""
        return self.from_s + self.duration_s


class Microsleep(Behaviour):
    """Eyes shut for 1 to 3 s: `duration_s` is how long the lids are down."""

    type: Literal["microsleep"] = Field(description="Eyes shut for 1 s or more, below 3 s.")
    duration_s: float = Field(
        ge=1,
        lt=3,
        description="How long the eyes are shut, seconds. The lids' ways down and up, of up to 0.8 s, come on top and "
        "may reach into what follows.",
    )
    head_drop_deg: float = Field(
        0.0, ge=0, le=40, description="How far the head sinks meanwhile, degrees."
    )


class Sleep(Behaviour):
    """Eyes shut for 3 s or more."""

    type: Literal["sleep"] = Field(description="Eyes shut for 3 s or more.")
    duration_s: float = Field(
        ge=3,
        description="How long the eyes are shut, seconds. The lids' ways down and up, of up to 1.5 s, come on top and "
        "may reach into what follows.",
    )
    head_drop_deg: float = Field(
        0.0, ge=0, le=40, description="How far the head sinks meanwhile, degrees."
    )


class LongBlink(Behaviour):
    """Lids that go down to `depth` for less than a microsleep, or stay half open."""

    type: Literal["long_blink"] = Field(description="Lids down, fully or in part.")
    depth: float = Field(1.0, gt=0, le=1, description="Closure reached: 1 is shut, 0.5 half open.")


class LookAt(Behaviour):
    """Head and eyes leave the road for a target."""

    type: Literal["look_at"] = Field(description="A glance away from the road.")
    target: Target = Field(description="Where to.")
    head_share: float = Field(
        0.7,
        ge=0,
        le=1,
        description="Share of the turn made by the head; the eyes make the rest (owls turn, lizards roll).",
    )


class TurnHead(Behaviour):
    """The head at given angles."""

    type: Literal["turn_head"] = Field(description="The head turned by given angles.")
    yaw_deg: float = Field(0.0, ge=-90, le=90, description="To the picture's right, degrees.")
    pitch_deg: float = Field(0.0, ge=-60, le=60, description="Up, degrees.")
    roll_deg: float = Field(0.0, ge=-60, le=60, description="Clockwise in the picture, degrees.")


class Phone(Behaviour):
    """A telephone in use."""

    type: Literal["phone"] = Field(description="A telephone in use.")
    held: Literal["lap", "up", "left_ear", "right_ear"] = Field(
        "lap", description="Where it is held; `lap` and `up` draw the eyes to it."
    )


class Yawn(Behaviour):
    """The mouth opens slowly, stays wide, and shuts."""

    type: Literal["yawn"] = Field(description="A yawn: slow, wide, eyes narrowed.")
    duration_s: float = Field(
        6.0, ge=2.5, le=14, description="From first opening to shut, seconds."
    )
    behind_hand: bool = Field(False, description="A hand covers the mouth.")


class Talk(Behaviour):
    """Syllables and pauses."""

    type: Literal["talk"] = Field(description="Talking.")
    loudness: float = Field(0.5, gt=0, le=1, description="How far the mouth opens, 0..1.")


class Laugh(Behaviour):
    """Bursts of laughter."""

    type: Literal["laugh"] = Field(description="Laughing: mouth wide, cheeks up, eyes narrowed.")


class Sing(Behaviour):
    """A song: the mouth is wide for longer than when talking."""

    type: Literal["sing"] = Field(description="Singing: wide, held vowels.")


class Eat(Behaviour):
    """A meal at the wheel."""

    type: Literal["eat"] = Field(description="Bites and chewing, a hand at the mouth now and then.")


class RubEyes(Behaviour):
    """Fingers before one eye or both."""

    type: Literal["rub_eyes"] = Field(description="A hand rubs the eyes.")
    eye: Literal["left", "right", "both"] = Field("both", description="Which of the driver's eyes.")


class Sneeze(Behaviour):
    type: Literal["sneeze"] = Field(description="Eyes shut, head thrown forward.")
    duration_s: float = Field(1.2, ge=0.6, le=3, description="Seconds.")


class Express(Behaviour):
    """A facial expression with onset, apex and offset (Ekman and Friesen 1978)."""

    type: Literal["express"] = Field(description="A facial expression.")
    expression: Expression = Field(description="Which one.")
    intensity: float = Field(0.8, gt=0, le=1, description="At the apex, 0..1.")
    onset_s: float = Field(0.5, gt=0, le=5, description="From none to the apex, seconds.")
    offset_s: float = Field(0.8, gt=0, le=10, description="From the apex to none, seconds.")


class Hide(Behaviour):
    """The driver withdraws from the camera."""

    type: Literal["hide"] = Field(description="Hiding from the camera.")
    by: Literal["covering_lens", "leaning_out", "hand_on_wheel"] = Field(
        "covering_lens",
        description="A hand over the lens, leaning out of view, or a hand at twelve o'clock.",
    )


class Squint(Behaviour):
    """Low lids of somebody who is awake; blinks go on."""

    type: Literal["squint"] = Field(description="Eyes narrowed against the light.")
    depth: float = Field(0.45, gt=0, lt=0.8, description="Closure held, 0..0.8.")


class Acknowledge(Behaviour):
    """The driver presses the button of the unit."""

    type: Literal["acknowledge"] = Field(description="The unit's button is pressed.")
    duration_s: float = Field(0.5, gt=0, le=2, description="Seconds.")


AnyBehaviour = Annotated[
    Microsleep
    | Sleep
    | LongBlink
    | LookAt
    | TurnHead
    | Phone
    | Yawn
    | Talk
    | Laugh
    | Sing
    | Eat
    | RubEyes
    | Sneeze
    | Express
    | Hide
    | Squint
    | Acknowledge,
    Field(discriminator="type"),
]

ROUNDING_S = 1e-6
"""Sums of decimal fractions miss by less than this; what ends and begins at one instant does not overlap."""

CLAIMS: dict[str, frozenset[str]] = {
    "microsleep": frozenset({"lids"}),
    "sleep": frozenset({"lids"}),
    "long_blink": frozenset({"lids"}),
    "look_at": frozenset({"head", "gaze"}),
    "turn_head": frozenset({"head"}),
    "phone": frozenset({"head", "gaze", "hand"}),
    "yawn": frozenset({"mouth"}),
    "talk": frozenset({"mouth"}),
    "laugh": frozenset({"mouth", "face"}),
    "sing": frozenset({"mouth"}),
    "eat": frozenset({"mouth", "hand"}),
    "rub_eyes": frozenset({"hand"}),
    "sneeze": frozenset({"lids", "head", "mouth"}),
    "express": frozenset({"face"}),
    "hide": frozenset({"hand"}),
    "squint": frozenset({"lids"}),
    "acknowledge": frozenset(),
}
"""By type. `microsleep` and `sleep` also claim the head where it drops, `phone` the head and gaze where it is looked
at, `yawn` the hand where it covers the mouth: see `claims_of`."""


def claims_of(behaviour: Behaviour) -> frozenset[str]:
    """Parts of the body that `behaviour` moves."""
    claims = CLAIMS[behaviour.type]  # type: ignore[attr-defined]
    if isinstance(behaviour, (Microsleep, Sleep)) and behaviour.head_drop_deg > 0:
        return claims | {"head"}
    if isinstance(behaviour, Phone) and behaviour.held.endswith("ear"):
        return claims - {"head", "gaze"}
    if isinstance(behaviour, Yawn) and behaviour.behind_hand:
        return claims | {"hand"}
    return claims


def collisions(behaviours: Sequence[AnyBehaviour]) -> list[PlacedError]:
    """Behaviours that begin while another one moves the same part of the body, each once."""
    in_order = sorted(enumerate(behaviours), key=lambda placed: placed[1].from_s)
    errors = []
    going_on: list[tuple[int, AnyBehaviour]] = []
    for place, behaviour in in_order:
        going_on = [
            (at, other) for at, other in going_on if other.until_s > behaviour.from_s + ROUNDING_S
        ]
        for at, other in going_on:
            shared = sorted(claims_of(other) & claims_of(behaviour))
            if shared:
                sentence = (
                    f"the {behaviour.type} would begin within the {other.type} of behaviours.{at}"
                    f" ({other.from_s:.9g} to {other.until_s:.9g} s), and both move the {shared[0]};"
                    f" let it begin at {other.until_s:.9g} or later"
                )
                errors.append(PlacedError((place, "from_s"), behaviour.from_s, sentence))
                break
        going_on.append((place, behaviour))
    return errors
