"""The behaviours of a scenario's file, each performed as a movement of the parts it claims."""

from __future__ import annotations

import math

from driver_simulator.driver import hand_movements, mouth_movements
from driver_simulator.driver.body_claims import BodyClaims
from driver_simulator.driver.driver_condition import DriverCondition
from driver_simulator.driver.expressions import express
from driver_simulator.driver.gaze_shift import head_turn_s, shift_gaze, turn_with_head
from driver_simulator.driver.gaze_targets import PHONE_HELD_UP, direction_of
from driver_simulator.driver.lid_closures import perform_closure, scripted_closure
from driver_simulator.driver.moment import HandAct
from driver_simulator.driver.movement_score import MovementScore, Shape
from driver_simulator.driver.person_traits import PersonTraits, chance_of
from driver_simulator.driver.scripted_event import EventKind
from driver_simulator.scenario import behaviours
from driver_simulator.scenario.behaviours import AnyBehaviour, claims_of
from driver_simulator.scenario.scenario import Scenario

_PHONE_HEAD_SHARE = 0.65


class ScriptedBehaviour:
    """Performs one behaviour after the other into a score and claims what it needs of the body."""

    def __init__(
        self,
        scenario: Scenario,
        condition: DriverCondition,
        traits: PersonTraits,
        claims: BodyClaims,
        score: MovementScore,
        seed: int,
    ) -> None:
        self._scenario = scenario
        self._condition = condition
        self._traits = traits
        self._claims = claims
        self._score = score
        self._seed = seed
        self.talking: list[tuple[float, float]] = []
        self.reading: list[tuple[float, float]] = []

    def perform(self, behaviour: AnyBehaviour) -> None:
        until_s = behaviour.from_s + behaviour.duration_s
        self._claims.claim(claims_of(behaviour), behaviour.from_s, until_s)
        match behaviour:
            case (
                behaviours.Microsleep()
                | behaviours.Sleep()
                | behaviours.LongBlink()
                | behaviours.Squint()
            ):
                self._close(behaviour)
            case behaviours.LookAt() | behaviours.TurnHead() | behaviours.Phone():
                self._look(behaviour)
            case behaviours.RubEyes() | behaviours.Hide() | behaviours.Acknowledge():
                self._reach(behaviour)
            case behaviours.Express():
                shape = express(self._score, behaviour, self._mimicry(behaviour))
                self._tell(EventKind.EXPRESSION, shape, behaviour.expression, behaviour.intensity)
            case _:
                self._mouth(behaviour)

    def _close(
        self,
        behaviour: behaviours.Microsleep
        | behaviours.Sleep
        | behaviours.LongBlink
        | behaviours.Squint,
    ) -> None:
        closure = scripted_closure(behaviour, chance_of(self._seed, _name(behaviour)))
        if isinstance(behaviour, behaviours.Squint):
            # Squinting eyes blink on, so the lids are not claimed against blinks.
            self._score.hold("lids_shut", closure.shape, closure.depth)
            self._tell(EventKind.SQUINT, closure.shape, size=closure.depth)
            return
        perform_closure(self._score, closure, scripted=True)
        self._claims.claim(("lids_still",), behaviour.from_s, closure.end_s)
        if closure.head_drop_deg > 0:
            self._claims.claim(("head", "gaze"), behaviour.from_s, closure.end_s)

    def _look(self, behaviour: behaviours.LookAt | behaviours.TurnHead | behaviours.Phone) -> None:
        score, from_s, duration_s = self._score, behaviour.from_s, behaviour.duration_s
        saccade_factor = self._condition.impaired("saccade_factor", from_s)
        if isinstance(behaviour, behaviours.LookAt):
            shape = shift_gaze(
                score,
                from_s,
                duration_s,
                direction_of(behaviour.target, self._scenario.driver_side),
                head_share=behaviour.head_share,
                saccade_factor=saccade_factor,
            )
            self._tell(EventKind.GLANCE, shape, behaviour.target)
        elif isinstance(behaviour, behaviours.TurnHead):
            angle_deg = math.hypot(behaviour.yaw_deg, behaviour.pitch_deg, behaviour.roll_deg)
            way_s = head_turn_s(angle_deg)
            shape = Shape.within(from_s, duration_s, way_s, way_s)
            turn_with_head(score, shape, behaviour.yaw_deg, behaviour.pitch_deg, behaviour.roll_deg)
            self._tell(EventKind.HEAD_TURN, shape, size=angle_deg)
        elif behaviour.held in ("left_ear", "right_ear"):
            shape = hand_movements.hand_shape(from_s, duration_s)
            left = behaviour.held == "left_ear"
            score.reach(HandAct.PHONE_AT_LEFT_EAR if left else HandAct.PHONE_AT_RIGHT_EAR, shape)
            # The head leans to the telephone: the driver's left is the picture's right, clockwise.
            score.hold("head_roll", shape, math.radians(6.0 if left else -6.0))
            self._tell(EventKind.PHONE, shape, behaviour.held)
        else:
            held_up = behaviour.held == "up"
            target = PHONE_HELD_UP if held_up else direction_of("lap", self._scenario.driver_side)
            shape = shift_gaze(
                score,
                from_s,
                duration_s,
                target,
                head_share=_PHONE_HEAD_SHARE,
                saccade_factor=saccade_factor,
            )
            if held_up:
                score.reach(HandAct.PHONE_HELD_UP, hand_movements.hand_shape(from_s, duration_s))
            self.reading.append((shape.full_from_s, shape.full_until_s))
            self._tell(EventKind.PHONE, shape, behaviour.held)

    def _reach(
        self, behaviour: behaviours.RubEyes | behaviours.Hide | behaviours.Acknowledge
    ) -> None:
        from_s, duration_s = behaviour.from_s, behaviour.duration_s
        if isinstance(behaviour, behaviours.Acknowledge):
            end_s = from_s + duration_s
            self._tell(EventKind.ACKNOWLEDGE, Shape(from_s, from_s, end_s, end_s))
        elif isinstance(behaviour, behaviours.RubEyes):
            shape = hand_movements.rub_eyes(self._score, from_s, duration_s, behaviour.eye)
            self._claims.claim(("lids_still",), from_s, from_s + duration_s)
            self._tell(EventKind.RUB_EYES, shape, behaviour.eye)
        else:
            shape = hand_movements.hide(
                self._score, from_s, duration_s, behaviour.by, self._own_side
            )
            if behaviour.by == "leaning_out":
                self._claims.claim(("head", "gaze"), from_s, from_s + duration_s)
            self._tell(EventKind.HIDE, shape, behaviour.by)

    def _mouth(
        self,
        behaviour: behaviours.Yawn
        | behaviours.Talk
        | behaviours.Laugh
        | behaviours.Sing
        | behaviours.Eat
        | behaviours.Sneeze,
    ) -> None:
        score, from_s, duration_s = self._score, behaviour.from_s, behaviour.duration_s
        span = (from_s, from_s + duration_s)
        mimicry = self._mimicry(behaviour)
        chance = chance_of(self._seed, _name(behaviour))
        if isinstance(behaviour, behaviours.Yawn):
            shape = mouth_movements.yawn(score, from_s, duration_s, self._traits.yawn_lids)
            if behaviour.behind_hand:
                hand = Shape(from_s, shape.full_from_s, shape.full_until_s, shape.end_s)
                score.reach(HandAct.COVERS_MOUTH, hand)
                self._tell(EventKind.HAND, hand, HandAct.COVERS_MOUTH.value)
            self._tell(EventKind.YAWN, shape)
        elif isinstance(behaviour, behaviours.Talk):
            shape = mouth_movements.talk(score, span, behaviour.loudness, mimicry, chance)
            self.talking.append(span)
            self._tell(EventKind.TALK, shape, size=behaviour.loudness)
        elif isinstance(behaviour, behaviours.Laugh):
            self._tell(EventKind.LAUGH, mouth_movements.laugh(score, span, mimicry, chance))
        elif isinstance(behaviour, behaviours.Sing):
            shape = mouth_movements.sing(score, span, mimicry, chance)
            self.talking.append(span)
            self._tell(EventKind.SING, shape)
        elif isinstance(behaviour, behaviours.Eat):
            for bite in mouth_movements.eat(score, span, chance):
                score.reach(HandAct.FOOD_AT_MOUTH, bite)
                self._tell(EventKind.HAND, bite, HandAct.FOOD_AT_MOUTH.value)
            self._tell(EventKind.EAT, Shape(span[0], span[0], span[1], span[1]))
        else:
            shape = mouth_movements.sneeze(score, from_s, duration_s)
            self._claims.claim(("lids_still", "head", "gaze"), *span)
            self._tell(EventKind.SNEEZE, shape)

    @property
    def _own_side(self) -> float:
        return 1.0 if self._scenario.driver_side == "left" else -1.0

    def _mimicry(self, behaviour: AnyBehaviour) -> float:
        return self._condition.impaired("mimicry", behaviour.from_s)

    def _tell(self, kind: EventKind, shape: Shape, detail: str = "", size: float = 1.0) -> None:
        self._score.tell(kind, shape, scripted=True, detail=detail, size=size)


def _name(behaviour: AnyBehaviour) -> str:
    """Its own stream of chance: another behaviour in the file changes nothing here."""
    return f"{behaviour.type} at {behaviour.from_s!r}"
