"""Stage I with one core against Stage I with another, on ONNX Runtime (Table 7.10's CPU column)."""

from pathlib import Path
import statistics
import tempfile
import time

import numpy as np

from mocap_ros.nets.export import export_core, export_stage_one
from mocap_ros.nets.cores import core_named
from mocap_ros.nets.onnx_runtime import CPU, open_session
from mocap_ros.nets.stage_one import StageOne

WIDTH, HEIGHT = 512, 320
REFERENCE = "resnet50"
WARM_UP = 2


def compare_cores(names, threads=0, repeats=5, width=1.0):
    """Milliseconds of the bare cores and of whole Stage I networks, random weights, run in turn.

    Args:
        names: of cores; see core_named.
        threads: of the CPU; 0 uses every core.
        repeats: runs of each.
        width: multiplier of all channels.

    Returns:
        dict of name to (core ms, Stage I ms), medians; and dict of name to (core, Stage I) over REFERENCE's, medians
        of the ratios within a turn.
    """
    image = np.random.default_rng(1).integers(0, 256, (1, HEIGHT, WIDTH, 3), dtype=np.uint8)
    pixels = np.random.default_rng(2).normal(size=(1, 3, HEIGHT, WIDTH)).astype(np.float32)
    sessions = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            path = Path(folder) / "network.onnx"
            export_core(core_named(name, width), path)
            sessions[name, 0] = open_session(path, CPU, threads), {"pixels": pixels}
            export_stage_one(StageOne(width, name), path)
            sessions[name, 1] = open_session(path, CPU, threads), {"images": image}
    took = {key: [] for key in sessions}
    for number in range(repeats + WARM_UP):
        for key, (session, inputs) in sessions.items():
            begin = time.perf_counter()
            session.run(None, inputs)
            if number >= WARM_UP:
                took[key].append(time.perf_counter() - begin)

    def median_ratio(name, kind):
        return statistics.median(a / b for a, b in zip(took[name, kind], took[REFERENCE, kind]))

    milliseconds = {name: tuple(1e3 * statistics.median(took[name, kind]) for kind in (0, 1)) for name in names}
    return milliseconds, {name: tuple(median_ratio(name, kind) for kind in (0, 1)) for name in names}
