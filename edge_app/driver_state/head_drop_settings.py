"""Settings of head drops. Where they come from stands in `head_drop.py`."""

from __future__ import annotations

from pydantic import Field, model_validator

from edge_app.settings_model import SettingsModel


class HeadDropSettings(SettingsModel):
    """The head sinks from where it usually points, slower than a head is turned, and is jerked up or stays down."""

    leaves_deg: float = Field(
        3.0,
        gt=0,
        le=20,
        description="Below its usual pitch by this, a head may be sinking, degrees.",
    )
    min_depth_deg: float = Field(
        8.0, gt=0, le=60, description="A head that sinks by less does not drop, degrees."
    )
    stays_depth_deg: float = Field(
        15.0,
        gt=0,
        le=60,
        description="A head that stays down while its eyes cannot be seen must have sunk by this, degrees.",
    )
    max_yaw_deg: float = Field(
        15.0,
        gt=0,
        le=90,
        description="A head turned aside by more than this looks at something, degrees.",
    )
    min_sink_s: float = Field(
        0.5,
        gt=0,
        description="A head sinks for at least so long, at the pace of the middle of its way, seconds; a quicker one "
        "was moved on purpose or shaken.",
    )
    min_sink_lids_shut_s: float = Field(
        0.4, gt=0, description="The same of a head whose lids are seen to be shut, seconds."
    )
    rise_share: float = Field(
        0.7,
        gt=0,
        le=1,
        description="A jerk up takes at most this share of the time of the sinking.",
    )
    stays_s: float = Field(
        3.0, gt=0, description="A head that has sunk and is still down has stayed down, seconds."
    )
    max_s: float = Field(
        30.0, gt=0, description="A head that is lower for longer than this sits lower, seconds."
    )
    lids_shut_share: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Where eyes are seen, lids are shut for at least this share of the time that the head is down.",
    )
    window_s: float = Field(
        600.0, gt=0, description="Window in which head drops are counted, seconds."
    )

    @model_validator(mode="after")
    def _in_order(self) -> HeadDropSettings:
        if not self.leaves_deg < self.min_depth_deg <= self.stays_depth_deg:
            raise ValueError("leaves_deg < min_depth_deg <= stays_depth_deg must hold")
        if not self.min_sink_lids_shut_s <= self.min_sink_s:
            raise ValueError("min_sink_lids_shut_s must be at most min_sink_s")
        if not self.stays_s < self.max_s:
            raise ValueError("stays_s must be below max_s")
        return self
