"""The driver at one moment, as every estimator sees it: what policy, telemetry and reports read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from calibration.driver.references import DriverReferences
from edge_app.driver_state.gaze_zone import NO_ZONE, GazeZoneReading
from edge_app.driver_state.signals import Signal, Unavailable


@dataclass(frozen=True, slots=True)
class Closure:
    """How far the lids are down, 0 = this driver's open eye, 1 = this driver's closed eye."""

    left: Signal
    right: Signal
    both: Signal  # of the eyes that can be seen, weighted by how well


class LidState(str, Enum):
    """What the lids are doing, by the combined closure."""

    OPEN = "open"
    CAST_DOWN = "cast_down"  # low but not closed: looking down, squinting
    CLOSED = "closed"
    UNKNOWN = "unknown"


class ClosureKind(str, Enum):
    """An ongoing closure, named by how long it has lasted."""

    NONE = "none"
    BLINK = "blink"
    LONG_CLOSURE = "long_closure"  # longer than a blink, shorter than a microsleep
    MICROSLEEP = "microsleep"
    SLEEP = "sleep"


@dataclass(frozen=True, slots=True)
class LidLevels:
    """Closures against which lids that are seen were held at this moment."""

    own_deep_from: float | None  # deep for this driver; None before that depth was shown
    deep_s: float  # seconds for which the ongoing closure has been deep
    cast_down_from: float


@dataclass(frozen=True, slots=True)
class LidEpisode:
    """The closure that is going on now, if any."""

    lids: LidState
    kind: ClosureKind
    onset_s: float | None  # frame time at which the ongoing closure began
    closed_s: float  # seconds seen closed in the ongoing closure; 0 while open
    doubted: bool = False  # the ongoing closure is not told with certainty, and has no grave name
    levels: LidLevels | None = None  # None while no lids are seen


@dataclass(frozen=True, slots=True)
class Blink:
    """One completed blink, after Caffier et al. 2003: its phases and their speed."""

    onset_s: float
    closing_s: float
    closed_s: float
    reopening_s: float
    amplitude: float  # drop of openness, in closure units
    amplitude_velocity_ratio_s: float  # amplitude / peak closing velocity

    @property
    def duration_s(self) -> float:
        return self.closing_s + self.closed_s + self.reopening_s


@dataclass(frozen=True, slots=True)
class BlinkStatistics:
    """Blinks of the last minute; unavailable below 20 valid frames/s."""

    count: int  # completed since start
    rate_per_min: Signal
    mean_duration_s: Signal
    mean_reopening_s: Signal
    completed: Blink | None  # the blink that ended at this very frame
    # Of `completed`: amplitude, duration and reopening velocity in deviations from this driver's own alert blinks (0 as
    # usual, 1 a deviation above); None where no blink ended, and before those are known.
    standardised: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Perclos:
    """Share of valid time with the eyes at least 80 % closed, over the last minute."""

    share: float | None  # 0..1; None while coverage is too small to say
    share_without_blinks: float | None  # counting only closures of 0.4 s and more
    coverage: float  # 0..1, share of the window in which closure was available and not in doubt


@dataclass(frozen=True, slots=True)
class Yawn:
    """A completed yawn."""

    onset_s: float
    end_s: float
    peak: float  # mouth openness

    @property
    def duration_s(self) -> float:
        return self.end_s - self.onset_s


@dataclass(frozen=True, slots=True)
class YawnState:
    in_progress: bool
    count_10_min: int
    completed: Yawn | None  # the yawn that ended at this very frame


class OffRoad(str, Enum):
    """Why the driver is taken not to look at the road."""

    HEAD_TURNED = "head_turned"
    HEAD_DOWN = "head_down"
    HEAD_UP = "head_up"
    LIDS_CAST_DOWN = "lids_cast_down"
    EYES_CLOSED = "eyes_closed"


@dataclass(frozen=True, slots=True)
class Glance:
    """Looking away from the road, by head pose and lids. Gaze alone decides nothing: it is not validated."""

    off_road: bool | None  # None: cannot be told
    why: OffRoad | None
    unavailable: Unavailable | None
    onset_s: float | None  # of the ongoing glance
    off_road_s: float  # length of the ongoing glance
    off_road_s_in_window: float  # sum over the last 30 s
    forward_yaw_rad: float | None  # direction of the road, camera frame; None before it is learned
    forward_pitch_rad: float | None


@dataclass(frozen=True, slots=True)
class Presence:
    face_present: bool
    absent_s: float  # 0 while present
    eyes_unavailable_s: float  # how long no eye could be judged, for any reason; 0 while one can
    lids_low_s: (
        float  # how long no eye could be judged while the lids' outline was low; 0 while it is not
    )
    reason: Unavailable | None  # of what is missing now: the face, else the eyes


@dataclass(frozen=True, slots=True)
class HeadDrop:
    """The head sank and was jerked up again, or stayed down."""

    onset_s: float
    end_s: float
    depth_rad: float


@dataclass(frozen=True, slots=True)
class HeadDropState:
    in_progress: bool
    count_10_min: int
    completed: HeadDrop | None  # the one that ended at this very frame


@dataclass(frozen=True, slots=True)
class Drowsiness:
    """KSS-like level 1..9. Modelled on the Karolinska scale; not a KSS rating."""

    level: float | None
    confidence: float  # 0..1, how much of the evidence could be seen, and how well it tells
    reasons: tuple[str, ...]  # what raised the level, strongest first
    unavailable: Unavailable | None
    probability: float | None = None  # 0..1, that the driver is sleepy: 8 or more on the scale
    by_eyes: bool = (
        True  # False: eyes could not be seen; head, time driven and time of day carry it
    )


@dataclass(frozen=True, slots=True)
class Impairment:
    """A suspicion, for advice alone: nothing measured here is a blood alcohol concentration, and none is validated."""

    suspicion: float | None  # 0..1
    confidence: float  # 0..1, how much of the evidence could be seen
    reasons: tuple[str, ...]  # cues that raised it, strongest first
    unavailable: Unavailable | None
    like_drowsiness: bool = False  # the cues do not tell it from sleepiness


class NotLearning(str, Enum):
    """Why nothing is learned of this driver now."""

    OFF = "off"  # switched off
    DROWSY_SIGNS = "drowsy_signs"
    TOO_SLOW = "too_slow"
    EYES_UNAVAILABLE = "eyes_unavailable"
    HEAD_TURNED = "head_turned"
    LOOKING_AWAY = "looking_away"
    FACE_BUSY = "face_busy"  # talks, laughs, yawns
    LEARNED = "learned"  # all is known, and nothing has changed


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far this driver is known."""

    progress: float  # 0..1, of what is to be learned
    confidence: float  # 0..1, how steady what was learned is
    not_learning: NotLearning | None  # None: learning now
    glasses: bool | None  # worn now; None while that cannot be told. Each has references of its own
    driver_number: int  # of the drive; counts up where another driver was noticed
    references: DriverReferences  # in use now


UNCALIBRATED = Calibration(0.0, 0.0, NotLearning.OFF, None, 1, DriverReferences())


@dataclass(frozen=True, slots=True)
class VotedClasses:
    """Soft-voted, median-filtered class probabilities, where perception offers them."""

    probabilities: tuple[float, ...]
    label_index: int  # of the likeliest


@dataclass(frozen=True, slots=True)
class VotedHead:
    """What one head over time has been saying lately. No alert rests on it."""

    head: str
    voted: VotedClasses


@dataclass(frozen=True, slots=True)
class DriverState:
    """Everything the estimators know at frame time `t_s`."""

    t_s: float
    presence: Presence
    closure: Closure
    lid_episode: LidEpisode
    blinks: BlinkStatistics
    perclos: Perclos
    mouth_openness: Signal
    yawn: YawnState
    head_yaw_rad: Signal
    head_pitch_rad: Signal
    head_roll_rad: Signal
    glance: Glance
    drowsiness: Drowsiness
    expression: VotedClasses | None
    valid_frame_rate_hz: float  # with an eye that could be judged, over the last two seconds
    temporal: tuple[VotedHead, ...] = ()  # of the heads over time that can be told now
    head_drops: HeadDropState = HeadDropState(False, 0, None)
    impairment: Impairment = Impairment(None, 0.0, (), Unavailable.NOT_CALIBRATED)
    calibration: Calibration = UNCALIBRATED
    gaze_zone: GazeZoneReading = NO_ZONE
