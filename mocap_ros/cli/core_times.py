"""Stage I with one core against Stage I with another, on ONNX Runtime (Table 7.10's CPU column)."""

from functools import partial
from pathlib import Path
import tempfile

import numpy as np

from mocap_ros.nets.export import export_core, export_stage_one
from mocap_ros.nets.cores import core_named
from mocap_ros.nets.onnx_runtime import CPU, open_session
from mocap_ros.nets.stage_one import StageOne
from mocap_ros.pipeline.timing import time_in_turn

WIDTH, HEIGHT = 512, 320
REFERENCE = "resnet50"
KINDS = 0, 1  # the core alone, the whole of Stage I


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
    calls = [partial(session.run, None, inputs) for session, inputs in sessions.values()]
    took = dict(zip(sessions, time_in_turn(calls, repeats)))
    milliseconds = {name: tuple(1e3 * float(np.median(took[name, kind])) for kind in KINDS) for name in names}
    ratios = {name: tuple(float(np.median(took[name, kind] / took[REFERENCE, kind])) for kind in KINDS)
              for name in names}
    return milliseconds, ratios
