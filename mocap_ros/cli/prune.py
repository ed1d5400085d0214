"""`mocap prune`: takes filters that do nothing out of a trained network, and says what that saves (Sec. 7.1)."""

from functools import partial
from pathlib import Path
import shutil
import tempfile

import numpy as np

from mocap_ros.cli.numbers import at_least
from mocap_ros.datatypes.errors import needing_extra, WeightsError, writing
from mocap_ros.nets.model_format import DEFAULT_INPUT_SIZE, STAGE_ONE_FILE, STAGE_TWO_FILE
from mocap_ros.nets.onnx_runtime import OnnxStageOne
from mocap_ros.pipeline.timing import time_in_turn

REPEATS = 12


def add_parser(subparsers):
    """Adds the command to the `mocap` command line."""
    parser = subparsers.add_parser("prune", help="take filters that do nothing out of a trained network",
                                   description=__doc__)
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="checkpoint.pt of `mocap train stage-one`")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder of the pruned model")
    parser.add_argument("--stage-two", metavar="FILE", help="stage_two.onnx to put beside it")
    parser.add_argument("--scale", type=at_least(0, float),
                        help="|gamma| below which a filter does nothing (default: 0.001)")
    parser.add_argument("--data", metavar="SHARDS", help="rendered images, to count filters that none of them moves")
    parser.add_argument("--images", type=at_least(1), default=64, help="of --data (default: 64)")
    parser.add_argument("--threads", type=at_least(0), default=0, help="of the timing; 0 uses every core (default: 0)")
    parser.set_defaults(run=run)


def run(options):
    """Runs the command."""
    with needing_extra("mocap prune", "train"):
        from mocap_ros.nets.export import export_stage_one
        from mocap_ros.training.prune_stage_one import prune_stage_one
    if options.stage_two and not Path(options.stage_two).is_file():
        raise WeightsError(f"{options.stage_two}: no such weights file")
    pruned = prune_stage_one(options.checkpoint, options.scale, _samples(options))
    _print_layers(pruned.layers)
    out = Path(options.out)
    with writing(out, WeightsError):
        out.mkdir(parents=True, exist_ok=True)
        export_stage_one(pruned.after, out / STAGE_ONE_FILE)
        if options.stage_two:
            shutil.copyfile(options.stage_two, out / STAGE_TWO_FILE)
    with tempfile.TemporaryDirectory() as folder:
        export_stage_one(pruned.before, Path(folder) / STAGE_ONE_FILE)
        took, apart = _compare([Path(folder) / STAGE_ONE_FILE, out / STAGE_ONE_FILE], options.threads)
    print(f"largest difference of an output: {pruned.difference:.2g}; of the files, which store 16 bits a weight, "
          f"{apart:.2g}")
    print(f"{'':28s}{'before':>14s}{'after':>14s}")
    for name, before, after in zip(("filters", "parameters", "multiply-adds at 512 x 320"), pruned.size_before,
                                   pruned.size_after):
        print(f"{name:28s}{before:14d}{after:14d}")
    print(f"{'milliseconds, median':28s}{took[0]:14.1f}{took[1]:14.1f}")


def _samples(options):
    """Samples of --data; none without it."""
    if not options.data:
        return []
    from mocap_ros.datasets.synthetic import SyntheticShards
    shards = SyntheticShards(options.data)
    return [shards[index] for index in range(min(options.images, len(shards)))]


def _print_layers(layers):
    print(f"{'layer':40s}{'features':>10s}{'small scale':>13s}{'silent':>8s}{'selectivity':>13s}")
    for each in layers:
        known = each.silent is not None
        print(f"{each.name:40s}{each.features:10d}{each.small_scale:13d}"
              + (f"{each.silent:8d}{each.selectivity:13.3f}" if known else f"{'-':>8s}{'-':>13s}"))


def _compare(paths, threads):
    """Median time of each of two files' networks, run in turn [ms], and the largest difference of their outputs."""
    engines = [OnnxStageOne(path, threads=threads) for path in paths]
    width, height = DEFAULT_INPUT_SIZE
    image = np.random.default_rng(1).integers(0, 256, (1, height, width, 3), dtype=np.uint8)
    apart = max(np.abs(a - b).max() for a, b in zip(*(engine.infer(image) for engine in engines)))
    took = 1e3 * np.median(time_in_turn([partial(engine.infer, image) for engine in engines], REPEATS), axis=1)
    return took, apart
