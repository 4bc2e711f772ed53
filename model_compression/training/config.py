"""What a training run is told: one YAML file with `--set` options over it, as frozen, checked settings.

The groups `task.options` and `augmentation` are free here; the chosen task reads them with settings of its own.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from edge_app.settings_model import SettingsModel

Decay = Annotated[float, Field(ge=0, lt=1)]
Part = Literal["detector", "face", "eyes", "expression", "temporal", "blinks", "teacher", "network"]


class Stage(SettingsModel):
    """A stretch of the training with one crop size and one learning-rate curve: warm-up, then a cosine or steps."""

    crop_px: int = Field(default=112, ge=8, le=1024, description="Side of the input picture, px.")
    steps: int = Field(ge=1, description="Optimiser steps of this stage.")
    batch: int = Field(default=64, ge=1, description="Samples in a step.")
    learning_rate: float = Field(gt=0, description="Learning rate after the warm-up.")
    final_learning_rate: float = Field(
        default=0.0, ge=0, description="Learning rate that the cosine ends at."
    )
    warmup_steps: int = Field(
        default=0, ge=0, description="Steps in which the learning rate rises linearly from 0."
    )
    decay: Literal["cosine", "steps"] = Field(
        default="cosine", description="Half a cosine, or a fall every so many steps."
    )
    decay_every_steps: int = Field(
        default=0, ge=0, description="With `decay: steps`: after how many steps it falls each time."
    )
    decay_factor: float = Field(
        default=0.1,
        gt=0,
        lt=1,
        description="With `decay: steps`: to which share of itself it falls.",
    )
    weight_decay: float = Field(
        default=0.0, ge=0, description="Weight decay of matrices and kernels; never of biases."
    )
    frozen: tuple[str, ...] = Field(
        default=(), description="Name prefixes of the student's parts that do not learn."
    )
    hold_statistics: bool = Field(
        default=False,
        description="Keep BatchNorm's statistics as they are while its weights learn: a last stage so learns what "
        "the student will compute in the vehicle.",
    )

    @model_validator(mode="after")
    def _curve_is_possible(self) -> Stage:
        if self.warmup_steps >= self.steps:
            raise ValueError("warmup_steps must be fewer than steps")
        if self.final_learning_rate > self.learning_rate:
            raise ValueError("final_learning_rate must not be above learning_rate")
        if (self.decay == "steps") != (self.decay_every_steps > 0):
            raise ValueError(
                "decay_every_steps belongs to decay: steps, and has to be above 0 there"
            )
        return self


class NetworkChoice(SettingsModel):
    """Which network learns: `create_network(name, **options)`."""

    name: str = Field(min_length=1, description="As `create_network` knows it.")
    options: dict[str, Any] = Field(default={}, description="Its keyword arguments.")


class TaskChoice(SettingsModel):
    """What the student learns."""

    name: str = Field(min_length=1, description="A built-in task, or the module of another.")
    options: dict[str, Any] = Field(default={}, description="Read by the task.")


class DataSet(SettingsModel):
    """A set of labelled pictures and how often it is drawn."""

    name: str = Field(min_length=1, description="Folder of its label cache.")
    weight: float = Field(default=1.0, ge=0, description="Relative share of the samples drawn.")


class TrainConfig(SettingsModel):
    """A whole training run of one network: a part of a bundle, or a teacher."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="Name of the run and of its network."
    )
    part: Part = Field(
        description="The part of the bundle that the student fills; `teacher`: none, students learn from it; "
        "`network`: none, others begin with it or stand on it."
    )
    network: NetworkChoice
    task: TaskChoice
    init_from: str | None = Field(
        default=None,
        description="Weights to begin with: a `student.pt`, `teacher.pt` or `network.pt`, a checkpoint, the folder of "
        "a run, or a `.safetensors` file of others.",
    )
    data: tuple[DataSet, ...] = Field(default=(), description="The sets learned from.")
    augmentation: dict[str, Any] = Field(default={}, description="Read by the task.")
    stages: tuple[Stage, ...] = Field(min_length=1, description="One after another.")
    optimizer: Literal["adamw", "sgd"] = Field(
        default="adamw", description="AdamW, or SGD with momentum 0.9."
    )
    nesterov: bool = Field(default=True, description="Nesterov's form of SGD's momentum.")
    betas: tuple[Decay, Decay] = Field(
        default=(0.9, 0.999), description="Decays of AdamW's two averages of the gradient."
    )
    layer_decay: float = Field(
        default=1.0,
        gt=0,
        le=1,
        description="Learning rate of a layer, as a share of that of the layer above it; 1: all layers learn alike. "
        "For networks whose encoder has blocks.",
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto", description="Of convolutions; `auto`: bfloat16 on a GPU, else float32."
    )
    memory_format: Literal["channels_last", "contiguous"] = Field(
        default="channels_last",
        description="How weights and pictures lie in memory; decides which kernels run.",
    )
    microbatch: int = Field(
        default=0,
        ge=0,
        description="Samples that go through the network at once, on each device; gradients add up to the whole "
        "batch. 0: all of it.",
    )
    sam_rho: float = Field(
        default=0.0, ge=0, description="Radius of sharpness-aware minimisation; 0 is off."
    )
    ema_decay: float = Field(
        default=0.999, ge=0, lt=1, description="Decay of the averaged weights; 0 is off."
    )
    gradient_clip: float = Field(
        default=0.0, ge=0, description="Largest norm of the gradient; 0 is off."
    )
    seed: int = Field(default=0, ge=0, lt=2**32, description="Everything random follows from it.")
    validate_every_steps: int = Field(default=500, ge=1, description="Steps between validations.")
    log_every_steps: int = Field(
        default=50, ge=1, description="Steps averaged into one point of the curves."
    )
    checkpoint_every_minutes: float = Field(
        default=10.0, gt=0, description="Minutes between checkpoints to resume from."
    )
    workers: int = Field(
        default=0, ge=0, le=64, description="Processes that prepare samples; 0: in this one."
    )

    @property
    def steps(self) -> int:
        """Optimiser steps of all stages together."""
        return sum(stage.steps for stage in self.stages)
