"""`mocap train maps` and `mocap train boxes`: people of whom Stage I shows something. Needs the extra [train]."""

from pathlib import Path

from mocap_ros.cli.numbers import at_least
from mocap_ros.cli.training_data import (
    add_range_options, add_run_options, image_range, resumed, shards, with_share, write_slim)
from mocap_ros.datatypes.config import EstimatorConfig
from mocap_ros.datatypes.errors import ConfigError, writing

LEARNS_FROM = ("maps",)  # options that a checkpoint keeps


def add_box_parsers(steps, need_torch, settings_from):
    """Adds both steps to `mocap train`; arguments as for add_lift_parsers."""
    maps = steps.add_parser("maps", help="what Stage I shows of training images, for `boxes --maps`",
                            description="Runs a model's Stage I over images and keeps its maps with the boxes of the "
                                        "people, 340 kB an image; best over images that it has not learned from.")
    maps.add_argument("--data", metavar="DIR", help="shards made by `mocap synth`")
    maps.add_argument("--negatives", metavar="DIR", help="photographs that show nobody, in place of --data")
    add_range_options(maps)
    maps.add_argument("--weights", default=EstimatorConfig().weights,
                      help="name of the shipped weights, or the path of a folder that holds a model (default: "
                           "%(default)s)")
    maps.add_argument("--threads", type=at_least(0), default=0, help="threads of the network; 0 uses every core")
    maps.add_argument("--out", required=True, metavar="FOLDER", help="folder to write")
    maps.set_defaults(run=lambda options: _maps(options, need_torch))

    boxes = steps.add_parser("boxes", help="the network that says where people are whose keypoints make no person",
                             description="Trains BoxNet on what `mocap train maps` kept, of one model or of several. "
                                         "RUN gets boxes.pt, log.csv and boxes.onnx, and is then a folder for `--set "
                                         "estimator.boxes=RUN`. Several GPUs: torchrun, as for stage-one.")
    boxes.add_argument("--maps", action="append", default=[], metavar="FOLDER[=SHARE]",
                       help="what `mocap train maps` wrote; may be repeated, drawn in proportion to SHARE (default 1)")
    boxes.add_argument("--validation", metavar="FOLDER", help="the same to score on")
    boxes.add_argument("--out", required=True, metavar="RUN", help="folder of the run")
    boxes.add_argument("--set", dest="changes", action="append", default=[], metavar="NAME=VALUE",
                       help="a setting of the training, for example steps=5000; `--set list` shows them all")
    add_run_options(boxes)
    boxes.set_defaults(run=lambda options: _train(options, need_torch, settings_from))


def _maps(options, need_torch):
    """Runs `mocap train maps`."""
    need_torch()
    from mocap_ros.datasets.photographs import Photographs
    from mocap_ros.nets.model_format import STAGE_ONE_FILE
    from mocap_ros.nets.onnx_runtime import CPU, OnnxStageOne
    from mocap_ros.nets.runtime import weights_folder
    from mocap_ros.training.stored_maps import store_maps

    if bool(options.data) == bool(options.negatives):
        raise ConfigError("give either --data or --negatives")
    samples = shards([options.data])[0][0] if options.data else Photographs(options.negatives)
    chosen = image_range(options, samples)
    stage_one = OnnxStageOne(weights_folder(options.weights) / STAGE_ONE_FILE, CPU, options.threads)
    store_maps(stage_one.infer, samples, chosen, options.out, stage_one.input_size)
    print(f"{options.out}: {len(chosen)} images")


def _train(options, need_torch, settings_from):
    """Runs `mocap train boxes`."""
    need_torch()
    from mocap_ros.nets.export import export_boxes
    from mocap_ros.nets.model_format import BOXES_FILE
    from mocap_ros.training.stored_maps import StoredMaps
    from mocap_ros.training.train_boxes import BoxTraining, CHECKPOINT, score_boxes, train_boxes

    defaults, run = BoxTraining(), Path(options.out)
    if options.resume:
        defaults = resumed(options, run / CHECKPOINT, BoxTraining, LEARNS_FROM)
    settings = settings_from(options, defaults)
    if settings is None:
        return
    if not options.maps:
        raise ConfigError("nothing to train on: give --maps")
    folders, shares = zip(*map(with_share, options.maps))
    validation = StoredMaps(options.validation) if options.validation else None
    with writing(run, ConfigError):
        run.mkdir(parents=True, exist_ok=True)

    def evaluate(model, step):
        scores = score_boxes(model, validation)
        print(f"step {step}: " + "  ".join(f"{name} {value:.3f}" for name, value in scores._asdict().items()),
              flush=True)

    model = train_boxes(settings, [StoredMaps(folder) for folder in folders], shares, run,
                        evaluate if validation else None, options.resume, start_from=options.start_from,
                        learns_from={name: getattr(options, name) for name in LEARNS_FROM})
    export_boxes(model, run / BOXES_FILE)
    print(run / BOXES_FILE)
    write_slim(options.checkpoint, run / CHECKPOINT)
