"""MediaPipe's own FaceLandmarker in VIDEO mode, measured from inside; runs in an environment without Vigil.

`python mediapipe_worker.py face_landmarker.task`: a line of JSON once it is ready, then one for each line read.
"""

import json
import sys
import time

STARTED_S = time.perf_counter()

import mediapipe as mp  # noqa: E402 - the import is part of what is measured
import numpy as np  # noqa: E402
from mediapipe.tasks.python import vision  # noqa: E402
from mediapipe.tasks.python.core.base_options import BaseOptions  # noqa: E402

_BLINK_LEFT, _BLINK_RIGHT, _JAW_OPEN = 9, 10, 25


def peak_memory_mb():
    with open("/proc/self/status", encoding="utf-8") as status:
        peak = next(line for line in status if line.startswith("VmHWM"))
    return int(peak.split()[1]) * 1024 / 1e6


def main():
    imported_s = time.perf_counter()
    landmarker = vision.FaceLandmarker.create_from_options(
        vision.FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=sys.argv[1]),
            running_mode=vision.RunningMode.VIDEO,
            num_faces=1,
            output_face_blendshapes=True,
            output_facial_transformation_matrixes=True,
        )
    )
    ready_s = time.perf_counter()
    tell(
        import_s=imported_s - STARTED_S,
        load_s=ready_s - imported_s,
        version=mp.__version__,
        peak_mb=peak_memory_mb(),
    )
    for line in sys.stdin:
        tell(**measure(landmarker, json.loads(line)))
    landmarker.close()


def measure(landmarker, block):
    height, width, _ = block["shape"]
    bgr = np.empty(block["shape"], np.uint8)
    ms, cpu_ms, points, scores = [], [], [], []
    with open(block["path"], "rb") as pixels:
        for t_s in block["t_s"]:
            pixels.readinto(bgr.data)
            # In its favour: putting the picture into its own form is not counted.
            image = mp.Image(
                image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(bgr[..., ::-1])
            )
            begun_s, begun_cpu_s = time.perf_counter(), time.process_time()
            result = landmarker.detect_for_video(image, int(t_s * 1e3))
            ms.append(1e3 * (time.perf_counter() - begun_s))
            cpu_ms.append(1e3 * (time.process_time() - begun_cpu_s))
            if result.face_landmarks:
                face, shapes = result.face_landmarks[0], result.face_blendshapes[0]
                points.append([[round(p.x * width, 3), round(p.y * height, 3)] for p in face])
                scores.append([shapes[i].score for i in (_BLINK_LEFT, _BLINK_RIGHT, _JAW_OPEN)])
            else:
                points.append(None)
                scores.append(None)
    return {
        "ms": ms,
        "cpu_ms": cpu_ms,
        "points": points,
        "scores": scores,
        "peak_mb": peak_memory_mb(),
    }


def tell(**answer):
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
