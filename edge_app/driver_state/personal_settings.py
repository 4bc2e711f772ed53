"""Settings of what is learned of the driver while driving. All times in seconds of frame time."""

from __future__ import annotations

from pydantic import Field

from edge_app.settings_model import SettingsModel


class PersonalSettings(SettingsModel):
    """This driver's own open and shut eyes, resting mouth, forward direction and alert blinks, learned by themselves.

    What is a sign of drowsiness here is judged by limits for everybody, and early: PERCLOS at half to three quarters of
    what is questionable (Wierwille et al. 1994: 8 %), and the mean blink midway between those of alert and of drowsy
    people (Caffier et al. 2003: 0.20 and 0.26 s).
    """

    enabled: bool = Field(
        True, description="Learn. Without it the references of a typical driver are used."
    )
    min_speed_kmh: float = Field(
        20.0,
        ge=0,
        le=200,
        description="Nothing is learned below this speed, km/h; an unknown speed is driving.",
    )
    memory_s: float = Field(
        360.0,
        ge=60,
        le=7200,
        description="Attentive driving over which references follow a slow change, seconds.",
    )
    change_per_s: float = Field(
        0.01,
        gt=0,
        le=0.1,
        description="References in use move by no more than this, openness per second, and never while the eyes are "
        "shut.",
    )
    max_droop: float = Field(
        0.05,
        ge=0,
        le=0.5,
        description="Once known, the open eye's reference falls by no more than this during a drive: the lids of who "
        "becomes drowsy droop. Openness.",
    )
    max_perclos: float = Field(
        0.06, gt=0, lt=1, description="PERCLOS above which nothing is learned (share of time)."
    )
    max_perclos_without_blinks: float = Field(
        0.04, gt=0, lt=1, description="PERCLOS without blinks above which nothing is learned."
    )
    max_mean_blink_s: float = Field(
        0.23, gt=0, le=1, description="Mean blink above which nothing is learned, seconds."
    )
    max_level: float = Field(
        4.5,
        ge=1,
        le=9,
        description="Drowsiness level above which nothing is learned (5 on the Karolinska scale is neither alert nor "
        "sleepy).",
    )
    wait_after_signs_s: float = Field(
        120.0,
        ge=0,
        description="After signs of drowsiness nothing is learned for so long, seconds.",
    )
    wait_after_microsleep_s: float = Field(
        300.0, ge=0, description="After a microsleep nothing is learned for so long, seconds."
    )
    suspect_s: float = Field(
        600.0,
        ge=0,
        description="What was learned within so long before clear signs of drowsiness is forgotten, seconds: it may "
        "have been a drowsy driver's already.",
    )
    max_head_deg: float = Field(
        12.0,
        gt=0,
        le=30,
        description="With the head turned farther from the road nothing is learned, degrees.",
    )
    max_mouth_above_resting: float = Field(
        0.2,
        gt=0,
        le=1,
        description="With the mouth open wider than at rest by this nothing is learned.",
    )
    max_smile: float = Field(
        0.5, gt=0, le=1, description="With a smile above this nothing is learned."
    )
    max_smile_above_resting: float = Field(
        0.25,
        gt=0,
        le=1,
        description="Of a face that reads as smiling at rest: with a smile above that by this nothing is learned.",
    )
    glasses_hold_s: float = Field(
        3.0,
        ge=0,
        le=60,
        description="Glasses must be seen, or be gone, for so long before the other references are used, seconds.",
    )
    absent_s: float = Field(
        5.0,
        ge=0.5,
        le=600,
        description="A face that was not seen for so long may be another driver's, seconds.",
    )
    max_face_deviations: float = Field(
        2.0,
        gt=0,
        le=100,
        description="Another driver, where the proportions of the face differ by more than this after an absence while "
        "parked, in deviations of what they were before; half as much again where nothing was parked.",
    )
