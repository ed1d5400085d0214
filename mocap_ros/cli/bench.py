"""`mocap bench`: how fast this machine runs the networks and the pipeline, as a table and as JSON."""

from pathlib import Path
import platform
import statistics
import subprocess
import sys
import time

import numpy as np
from tqdm import tqdm

from mocap_ros.cli.drawn_people import DrawnRefiner, DrawnStageOne
from mocap_ros.cli.json_file import write_json
from mocap_ros.cli.options import add_estimator_options, config_from
from mocap_ros.datatypes.camera import assumed_camera
from mocap_ros.datatypes.errors import ConfigError, install_hint
from mocap_ros.decoding.people import decode_people
from mocap_ros.nets.image_input import fit_letterbox
from mocap_ros.pipeline.memory import keep_large_blocks
from mocap_ros.pipeline.timing import time_in_turn
from mocap_ros.pipeline.xnect import XNect

WIDTH, HEIGHT = 1280, 720
FEW, MANY, CROWD = 1, 10, 20  # people
CORES = ("selecsls", "selecsls-ungrouped", "resnet34", "resnet50")
START = """
import sys, time
begin = time.perf_counter()
import numpy as np
from mocap_ros.datatypes.config import MocapConfig, with_settings
from mocap_ros.pipeline.xnect import XNect
core = XNect(with_settings(MocapConfig(), eval(sys.argv[1])))
core.process(np.full((720, 1280, 3), 127, np.uint8), 0.0)
# The peak since this program began; getrusage's starts with that of the process it was forked from.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(time.perf_counter() - begin, int(peak.split()[1]) / 1024)
"""


def add_parser(subparsers):
    """Adds the command to the parser."""
    parser = subparsers.add_parser("bench", help="measure this machine's speed", description=__doc__)
    parser.add_argument("--json", metavar="FILE", help="also write the figures there")
    parser.add_argument("--frames", type=int, default=60, help="frames of each end-to-end measurement (default: 60)")
    add_estimator_options(parser)
    parser.set_defaults(run=run)


def run(options):
    """Runs the command."""
    config = config_from(options)
    if config.front_end.kind != "xnect":
        raise ConfigError(f"mocap bench measures our own networks, not front end '{config.front_end.kind}'")
    if options.frames < 10:
        raise ConfigError(f"--frames {options.frames}: 10 at least")
    keep_large_blocks()
    figures = {"machine": platform.platform(), "processor": _processor(), "python": platform.python_version(),
               **_versions(), **_start(config)}
    figures.update(_end_to_end(config, options.frames))
    figures.update(_cores(config.estimator.threads))
    for name, value in figures.items():
        print(f"{name:40s} {value:.3g}" if isinstance(value, float) else f"{name:40s} {value}")
    if options.json:
        write_json(options.json, figures)


def _start(config):
    """Seconds and memory of a fresh process from its first import to its first result."""
    settings = {f"estimator.{name}": getattr(config.estimator, name) for name in ("weights", "device", "threads")}
    took = []
    for _ in range(2):  # the first may have to optimise and keep the network's graph
        done = subprocess.run([sys.executable, "-c", START, repr(settings)], capture_output=True, text=True)
        name, _, message = done.stderr.strip().rpartition("\n")[2].partition(": ")
        if done.returncode and name.startswith("mocap_ros."):
            raise ConfigError(message)
        done.check_returncode()
        took.append([float(word) for word in done.stdout.split()])
    seconds, megabytes = took[-1]
    return {"seconds_to_first_result": seconds, "peak_memory_mb": megabytes}


def _end_to_end(config, frames):
    """Milliseconds of whole frames of 1280 x 720 with few and many people, frame by frame in turn, and their parts."""
    camera = assumed_camera(WIDTH, HEIGHT, config.camera.vertical_field_of_view)
    image = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    core = XNect(config, camera, np.random.default_rng(1))
    stage_one = core.estimator.front_end.stage_one  # one for all: threads of two would wait for work side by side
    pipelines = {count: _pipeline(config, count, camera, stage_one) for count in (FEW, MANY)}
    took, people = {count: [] for count in pipelines}, {count: [] for count in pipelines}
    for number in tqdm(range(frames), "end to end", unit="frame", file=sys.stderr, disable=None):
        for count, core in pipelines.items():
            if number == frames // 5:  # what came before was warming up
                core.timer.reset()
                took[count].clear()
            begin = time.perf_counter()
            found = core.process(image, number / 30)
            took[count].append(time.perf_counter() - begin)
            people[count].append(len(found.people))
    few, many = (1e3 * statistics.median(took[count]) for count in (FEW, MANY))
    parts = pipelines[MANY].timer.medians_ms()
    network = parts["stage one"]
    crowd = _pipeline(config, CROWD, camera, stage_one)
    maps = crowd.estimator.front_end.stage_one.infer(image[None, :32, :32])
    single = [each[0] for each in maps]
    decode = _median_ms(lambda: decode_people(*single, crowd.estimator.front_end.stage_one.stride, config.decoding))
    found = decode_people(*single, crowd.estimator.front_end.stage_one.stride, config.decoding)
    return {
        "engine": pipelines[MANY].engine, "frames_per_second": 1e3 / many, "milliseconds_10_people": many,
        "milliseconds_1_person": few, "ten_people_over_one": many / few,
        "people_found": int(statistics.median(people[MANY])),
        **{f"milliseconds_{name.replace(' ', '_')}": value for name, value in parts.items()},
        "milliseconds_beside_network": many - network,
        f"milliseconds_decode_{CROWD}_people": decode, "people_decoded": len(found),
        f"milliseconds_stage_two_{CROWD}_people": _median_ms(
            lambda: crowd.estimator.stage_two.infer(found, camera)),
    }


def _pipeline(config, count, camera, stage_one):
    """The whole pipeline, whose Stage I works and then answers `count` drawn people."""
    core = XNect(config, camera, np.random.default_rng(1))
    letterbox = fit_letterbox(camera.width, camera.height, core.estimator.front_end.input_size)
    core.estimator.front_end.stage_one = DrawnStageOne(stage_one, count, camera, (letterbox.width, letterbox.height))
    if core.estimator.refiner is not None:
        core.estimator.refiner = DrawnRefiner(core.estimator.refiner)
    return core


def _cores(threads):
    """Time of the thesis's core over ResNet-50's on one image of 512 x 320, with its baselines, in turn."""
    try:
        from mocap_ros.cli.core_times import compare_cores  # imports torch and onnx, which a robot may not have
    except ImportError as error:
        print(f"mocap bench: {error.name} is not installed, so cores are not compared ({install_hint('train')})",
              file=sys.stderr)
        return {"selecsls_over_resnet50": None}
    milliseconds, ratios = compare_cores(CORES, threads)
    figures = {"selecsls_over_resnet50": ratios["selecsls"][0], "stage_one_over_resnet50": ratios["selecsls"][1]}
    for name, (core, whole) in milliseconds.items():
        figures[f"milliseconds_core_{name}"], figures[f"milliseconds_stage_one_{name}"] = core, whole
    return figures


def _median_ms(function, repeats=30):
    """Median time of calls of a function [ms]."""
    return 1e3 * float(np.median(time_in_turn([function], repeats)))


def _processor():
    """The processor's name, where Linux tells it, and how many of its cores there are."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor()}, {len(names) or '?'} cores"


def _versions():
    import cv2
    import onnxruntime
    return {"numpy": np.__version__, "opencv": cv2.__version__, "onnxruntime": onnxruntime.__version__}
