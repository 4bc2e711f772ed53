"""What a teacher of a table takes to run: its parameters, and the time of one clip on the machine at hand."""

from __future__ import annotations

import time

import numpy as np
import torch

from model_compression.reproduce.paper1.teacher_choice import Cost, TeacherChoice
from model_compression.teachers import create_teacher
from model_compression.training.device import DeviceChoice, chosen_device

_CLASSES = 7
_FRAMES, _SIDE_PX = 16, 299  # paper 1's picture; how many frames it does not say
_WARM_UP, _TIMED = 2, 10
_ONLY_IN_TRAINING = "conadv.auxiliary."
_SPREAD = (10, 90)  # percentiles told as from and to


def teacher_cost(teacher: TeacherChoice, *, device: DeviceChoice) -> Cost:
    """`TeacherCost`: one clip after the other, as a camera would give them."""
    place = chosen_device(device)
    options = teacher.options() if teacher.name == "xception3d" else {}
    network = create_teacher(teacher.name, classes=_CLASSES, **options).eval().to(place)
    clip = torch.zeros(1, 3, _FRAMES, _SIDE_PX, _SIDE_PX, device=place)
    taken_ms = []
    on_gpu = place.type == "cuda"
    with torch.inference_mode(), torch.autocast("cuda", torch.bfloat16, enabled=on_gpu):
        for turn in range(_WARM_UP + _TIMED):
            begun_s = time.perf_counter()
            network(clip)
            if on_gpu:
                torch.cuda.synchronize()
            if turn >= _WARM_UP:
                taken_ms.append(1000 * (time.perf_counter() - begun_s))
    low, high = np.percentile(taken_ms, _SPREAD)
    machine = (
        torch.cuda.get_device_name(place) if on_gpu else f"CPU, {torch.get_num_threads()} threads"
    )
    precision = "bfloat16" if on_gpu else "float32"
    return Cost(
        parameters=sum(
            weights.numel()
            for name, weights in network.named_parameters()
            if not name.startswith(_ONLY_IN_TRAINING)
        ),
        inference_ms=(float(low), float(high)),
        how=f"{_FRAMES} frames of {_SIDE_PX} px, batch 1, {precision}, {machine}",
    )
