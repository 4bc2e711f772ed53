"""Trains one network from a configuration into a folder: what `vigil train student` and `vigil train teacher` do."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.pytorch.loggers import TensorBoardLogger
from rich.console import Console

from edge_app.errors import UserError
from model_compression.training import run_record
from model_compression.training.checkpoints import Checkpoints, step_of
from model_compression.training.config import TrainConfig
from model_compression.training.curves import CURVES_FILE, Curves
from model_compression.training.device import DeviceChoice, chosen_device
from model_compression.training.finite import NOT_FINITE_FILE, FiniteLoss
from model_compression.training.learning import Learning
from model_compression.training.load_config import LoadedConfig
from model_compression.training.narrator import Narrator
from model_compression.training.network_file import (
    CHECKPOINT_FILE,
    NETWORK_FILE,
    STUDENT_FILE,
    TEACHER_FILE,
    file_name,
    take_over,
)
from model_compression.training.networks import create_network
from model_compression.training.quiet import quiet_lightning
from model_compression.training.run_record import RUN_FILE, RunRecord
from model_compression.training.stopping import Stopping
from model_compression.training.task import Task, TaskInput
from model_compression.training.tasks import open_task
from model_compression.training.together import writes
from model_compression.training.validation import Validation

_TENSORBOARD = "tensorboard"
_OWN_FILES = (
    STUDENT_FILE,
    TEACHER_FILE,
    NETWORK_FILE,
    CHECKPOINT_FILE,
    CURVES_FILE,
    RUN_FILE,
    NOT_FINITE_FILE,
)


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """How a training is run, as against what is trained."""

    out: Path
    device: DeviceChoice = "auto"
    data: Path | None = None
    resume: bool | None = None  # None: refuse a folder that holds a run
    max_minutes: float | None = None
    devices: int = 1  # processes that learn together, one for each device


def train(loaded: LoadedConfig, options: TrainingOptions, console: Console) -> RunRecord:
    """Train to the end, or until the time is over or a signal comes. Raises `UserError`."""
    device = _device(options, loaded.train)
    task = open_task(
        loaded.train.task.name,
        TaskInput(
            part=loaded.train.part,
            sets=loaded.train.data,
            options=loaded.task_options,
            augmentation=loaded.augmentation,
            data=options.data,
        ),
    )
    config = _with_network_options(loaded.train, task)
    fingerprints = task.fingerprints()
    before = _prepare_folder(options, config, fingerprints) if writes() else None
    checkpoint = options.out / CHECKPOINT_FILE
    resumed = bool(options.resume) and checkpoint.is_file()
    narrator = Narrator(console if writes() else Console(quiet=True))
    if resumed:
        narrator.say(f"goes on after step {step_of(checkpoint)}: {checkpoint}")
    elif options.resume:
        if before is not None and before["finished"]:
            raise UserError(
                f"{options.out}: holds a finished run without its {CHECKPOINT_FILE}; bring that back, or begin again"
                " with --fresh."
            )
        narrator.say(f"{options.out}: nothing to go on from yet; begins at the first step")
    torch.manual_seed(config.seed)
    network = create_network(config.network.name, **config.network.options)
    taken = None
    if config.init_from is not None and not resumed:
        taken = take_over(network, Path(config.init_from).expanduser()).sentence()
        narrator.say(f"init_from {config.init_from}: {taken}")
    learning = Learning(network, task, config)
    record = RunRecord(
        config=config.model_dump(mode="json"),
        data=fingerprints,
        commands=(*(before["commands"] if before else ()), run_record.command()),
        code=run_record.code(),
        machine=run_record.machine(device),
        versions=run_record.versions(),
        init_from=before["init_from"] if before and resumed else taken,
        parameters=sum(p.numel() for p in network.parameters()),
    )
    if writes():
        record.write(options.out)
        _header(narrator, record, config.steps, device, options)
    record = _fit(learning, record, options, narrator, checkpoint if resumed else None)
    if writes():
        record.write(options.out)
        narrator.say(_ending(record, task, options.out / file_name(config.part)))
    return record


def _with_network_options(config: TrainConfig, task: Task) -> TrainConfig:
    """What the task knows of the network (how many classes), under what the configuration says."""
    known = getattr(task, "network_options", None)
    if known is None:
        return config
    options = known()
    for name, value in options.items():
        own = config.network.options.get(name, value)
        if own != value:
            raise UserError(
                f"network.options.{name} is {own}, but what is learned asks for {value}; leave it out."
            )
    options = {**options, **config.network.options}
    network = config.network.model_copy(update={"options": options})
    return config.model_copy(update={"network": network})


def _fit(
    learning: Learning,
    record: RunRecord,
    options: TrainingOptions,
    narrator: Narrator,
    checkpoint: Path | None,
) -> RunRecord:
    """`record` with how it went."""
    config, out = learning.config, options.out
    on_cuda = record.machine["device"] == "cuda"
    together = options.devices > 1
    finite = FiniteLoss(out / NOT_FINITE_FILE)
    curves = Curves(out / CURVES_FILE, config.log_every_steps, finite)
    validation = Validation(out / file_name(config.part), curves, narrator, finite)
    stopping = Stopping(validation, options.max_minutes)
    in_half = config.precision == "bfloat16" or (config.precision == "auto" and on_cuda)
    with quiet_lightning():
        trainer = pl.Trainer(
            accelerator="gpu" if on_cuda else "cpu",
            devices=options.devices,
            # Parts that a stage freezes have no gradient for the others to wait for.
            strategy="ddp_find_unused_parameters_true" if together else "auto",
            sync_batchnorm=together and on_cuda,  # torch has no such layer on a CPU
            use_distributed_sampler=False,
            precision="bf16-mixed" if in_half else "32-true",
            max_epochs=-1,
            max_steps=config.steps,
            limit_val_batches=0,
            num_sanity_val_steps=0,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            benchmark=on_cuda,
            default_root_dir=out,
            logger=TensorBoardLogger(out, name=_TENSORBOARD, version=""),
            callbacks=[
                curves,
                validation,
                narrator,
                stopping,
                Checkpoints(out / CHECKPOINT_FILE, config.checkpoint_every_minutes, finite),
            ],
        )
        trainer.fit(learning, ckpt_path=checkpoint, weights_only=True)
    if writes():
        curves.write()
    return replace(
        record,
        finished=stopping.reason is None,
        stopped_by=stopping.reason,
        steps=trainer.global_step,
        seconds=round(curves.seconds, 1),
        best_step=validation.best_step,
        best=validation.best_metrics,
        last=curves.validations[-1]["metrics"] if curves.validations else {},
    )


def _device(options: TrainingOptions, config: TrainConfig) -> torch.device:
    device = chosen_device(options.device)
    count = torch.cuda.device_count()
    if device.type == "cuda" and options.devices > count:
        raise UserError(f"--devices {options.devices}: there are {count} CUDA devices here.")
    uneven = [stage.batch for stage in config.stages if stage.batch % options.devices]
    if uneven:
        raise UserError(
            f"--devices {options.devices}: a batch of {uneven[0]} cannot be shared evenly among so many;"
            " set stages.N.batch to a multiple."
        )
    started = int(os.environ.get("WORLD_SIZE", options.devices))
    if started != options.devices:
        raise UserError(
            f"--devices {options.devices}: {started} processes were started; give --devices {started}."
        )
    return device


def _prepare_folder(
    options: TrainingOptions, config: TrainConfig, fingerprints: dict[str, str]
) -> dict[str, Any] | None:
    """Make the folder; what its run.json says where a run is continued."""
    out = options.out
    if out.exists() and not out.is_dir():
        raise UserError(f"{out}: is a file; name a folder for --out.")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{out}: cannot be made ({error.strerror}).") from error
    if options.resume is False:
        for name in _OWN_FILES:
            (out / name).unlink(missing_ok=True)
        shutil.rmtree(out / _TENSORBOARD, ignore_errors=True)
        return None
    before = run_record.read_run(out)
    if before is None:
        return None
    if options.resume is None:
        raise UserError(f"{out}: holds a run already; say --resume or --fresh.")
    run_record.refuse_other_run(out, before, config, fingerprints)
    return before


def _header(
    narrator: Narrator,
    record: RunRecord,
    steps: int,
    device: torch.device,
    options: TrainingOptions,
) -> None:
    config = record.config
    stages = ", ".join(
        f"{stage['steps']} steps of {stage['batch']} at {stage['crop_px']} px"
        for stage in config["stages"]
    )
    together = f" {options.devices} devices," if options.devices > 1 else ""
    narrator.say(
        f"{config['name']}: {config['network']['name']}, {record.parameters:,} parameters, task"
        f" {config['task']['name']}; {steps} steps ({stages});{together} {device.type},"
        f" {record.machine['threads']} threads; into {options.out}"
    )


def _ending(record: RunRecord, task: Task, file: Path) -> str:
    if record.finished:
        best = record.best[task.goal.metric]
        return (
            f"done: {record.steps} steps in {record.seconds:.0f} s; best {task.goal.metric} {best:.4g} at step"
            f" {record.best_step}: {file}"
        )
    return f"stopped by {record.stopped_by} after step {record.steps}; continue with --resume"
