"""`mocap train`: the networks from nothing, in three steps: stage-one, stage-two, export. Needs the extra [train]."""

from importlib.util import find_spec
from pathlib import Path
import sys

from mocap_ros.cli.pseudo_label import add_pseudo_label_parser
from mocap_ros.cli.numbers import at_least
from mocap_ros.cli.options import add_estimator_options, config_from
from mocap_ros.cli.train_boxes import add_box_parsers
from mocap_ros.cli.train_lift import add_lift_parsers
from mocap_ros.cli.train_refine import add_refine_parsers
from mocap_ros.cli.training_data import (
    add_coco_option, add_data_options, data_sets, first_samples, labelled_sources, photographs_and_labels, resumed,
    shards, with_share, write_slim)
from mocap_ros.datatypes.errors import ConfigError, DeviceError, install_hint, writing

LEARNS_FROM = "data", "datasets", "coco", "drawn", "negatives"  # options that a checkpoint keeps


def add_parser(subparsers):
    """Adds the command to the `mocap` command line."""
    parser = subparsers.add_parser(
        "train", help="train the networks on synthetic or your own people",
        description="Trains Stage I, then Stage II on its predictions, then writes both as ONNX for --weights. "
                    f"Needs `{install_hint('train')}`.",
    )
    steps = parser.add_subparsers(title="steps", metavar="STEP", required=True)

    one = steps.add_parser("stage-one", help="heatmaps, part affinity fields, 3D encodings",
                           description="Trains Stage I; RUN gets checkpoint.pt and log.csv. Several GPUs: "
                                       "`torchrun --nproc-per-node=N -m mocap_ros.cli.train stage-one ...`.")
    add_data_options(one)
    add_coco_option(one)
    one.add_argument("--drawn", metavar="ASSETS[=SHARE]",
                     help="draw this share of every batch (default: all, or half where there is data to read) on the "
                          "device that trains, from the file of `mocap synth bake`; photographs behind the people are "
                          "those of --negatives")
    one.add_argument("--negatives", metavar="DIR",
                     help="photographs that show nobody; also new backgrounds and clothes for mpi_inf_3dhp and muco")
    one.add_argument("--negative-share", type=float, default=0.12, metavar="SHARE",
                     help="share of views drawn from --negatives (default: 0.12)")
    one.add_argument("--validation-images", type=at_least(1), default=100, help="how many of them (default: 100)")
    one.add_argument("--validation-coco", metavar="IMAGES,ANNOTATIONS",
                     help="labelled photographs to score on too, with their COCO person keypoint file")
    one.add_argument("--resume", action="store_true",
                     help="go on from RUN's checkpoint, to the exact step, with its settings and (where none are "
                          "named) its data; --set steps=N lengthens the run")
    one.add_argument("--start-from", metavar="FILE", help="begin a new run with the weights of a checkpoint, for "
                                                          "example checkpoints/xnect-small.pt; give it another --set "
                                                          "seed, or it sees the same views again")
    one.set_defaults(run=_train_stage_one)

    two = steps.add_parser("stage-two", help="the whole 3D pose of each person",
                           description="Trains Stage II on the predictions of RUN's Stage I; RUN gets stage_two.pt.")
    add_data_options(two)
    two.add_argument("--images", type=at_least(1), default=4000, help="training images to predict on (default: 4000)")
    two.add_argument("--validation-images", type=at_least(1), default=200, help="how many of them (default: 200)")
    two.set_defaults(run=_train_stage_two)

    add_lift_parsers(steps, _need_torch, _settings)
    add_refine_parsers(steps, _need_torch, _settings)
    add_box_parsers(steps, _need_torch, _settings)
    add_pseudo_label_parser(steps, _need_torch)

    export = steps.add_parser("export", help="write RUN's networks as ONNX",
                              description="Writes stage_one.onnx, and stage_two.onnx where RUN has a Stage II.")
    export.add_argument("--run", dest="run_folder", required=True, metavar="RUN", help="folder of the training")
    export.add_argument("--out", required=True, metavar="DIR", help="folder to write")
    export.add_argument("--checkpoint", metavar="FILE",
                        help="also write Stage I's weights for `stage-one --start-from`")
    export.set_defaults(run=_export)

    score = steps.add_parser("score", help="score a model on labelled images",
                             description="Prints a model's 2D and 3D scores on shards or on COCO photographs.")
    score.add_argument("--data", metavar="DIR", help="shards made by `mocap synth`")
    score.add_argument("--coco", metavar="IMAGES,ANNOTATIONS", help="photographs and their COCO person keypoint file")
    score.add_argument("--images", type=at_least(1), default=500, help="how many at most (default: 500)")
    add_estimator_options(score)
    score.set_defaults(run=_score)


def _train_stage_one(options):
    """Runs `mocap train stage-one`."""
    _need_torch()
    from mocap_ros.datasets.coco import CocoPeople
    from mocap_ros.datasets.photographs import Photographs
    from mocap_ros.training.batch_stream import DrawnPeople
    from mocap_ros.training.closer_views import CLOSER, closer_samples
    from mocap_ros.training.evaluation_log import EvaluationLog
    from mocap_ros.training.train_stage_one import StageOneTraining, train_stage_one
    from mocap_ros.training.validation import detect_with, look_closer_with

    defaults = StageOneTraining()
    if options.resume:
        defaults = resumed(options, Path(options.out) / "checkpoint.pt", StageOneTraining, LEARNS_FROM)
    settings = _settings(options, defaults)
    if settings is None:
        return
    if not 0 <= options.negative_share < 1:
        raise ConfigError(f"--negative-share {options.negative_share}: wanted 0 to below 1")
    negatives = Photographs(options.negatives) if options.negatives else None
    sources, shares = labelled_sources(options, negatives)
    if not sources and not options.drawn:
        raise ConfigError("nothing to train on: give --data, --dataset, --coco or --drawn")
    drawn = None
    if options.drawn:
        assets, share = with_share(options.drawn, 0.5 if sources else 1.0)
        drawn = DrawnPeople(assets, options.negatives, share, settings.characters, settings.stock_steps)
    if negatives and sources:
        total = sum(shares)
        shares = [share / total * (1 - options.negative_share) for share in shares] + [options.negative_share]
        sources.append(negatives)
    validation = first_samples(options.validation, options.validation_images)
    sets = {"held-out": validation} if validation else {}
    if options.validation_coco:
        photographs = CocoPeople(*photographs_and_labels(options.validation_coco))
        sets["photographs"] = [photographs[index] for index in range(min(options.validation_images, len(photographs)))]
    detector = detect_with
    if settings.looks == CLOSER:
        sets = {name: closer_samples(samples, settings.seed) for name, samples in sets.items()}
        detector = look_closer_with
    with writing(options.out, ConfigError):
        Path(options.out).mkdir(parents=True, exist_ok=True)
    evaluate = EvaluationLog(sets, Path(options.out), detector) if sets else None
    train_stage_one(settings, sources, shares, negatives, options.out, evaluate, options.resume,
                    start_from=options.start_from, drawn=drawn,
                    learns_from={name: getattr(options, name) for name in (*LEARNS_FROM, "negative_share")})


def _train_stage_two(options):
    """Runs `mocap train stage-two`."""
    _need_torch()
    import numpy as np

    from mocap_ros.nets.export import export_stage_one
    from mocap_ros.nets.model_format import STAGE_ONE_FILE
    from mocap_ros.nets.onnx_runtime import OnnxStageOne
    from mocap_ros.training.checkpoint import load_checkpoint
    from mocap_ros.training.train_stage_one import stage_one_of
    from mocap_ros.training.train_stage_two import StageTwoTraining, collect_people, train_stage_two
    from mocap_ros.training.validation import detect_with

    settings = _settings(options, StageTwoTraining())
    if settings is None:
        return
    sources = shards(options.data)[0] + data_sets(options.datasets)[0]
    validation = first_samples(options.validation, options.validation_images)
    if not sources or not validation:
        raise ConfigError("Stage II needs --data or --dataset, and --validation")
    stage_one_file = Path(options.out) / STAGE_ONE_FILE
    export_stage_one(stage_one_of(load_checkpoint(Path(options.out) / "checkpoint.pt")), stage_one_file)
    detect = detect_with(OnnxStageOne(stage_one_file, threads=settings.threads).infer)
    generator = np.random.default_rng(settings.seed)
    parts = []
    for source in sources:
        count = min(len(source), options.images // len(sources))
        parts.append(collect_people(detect, source, generator.choice(len(source), count, replace=False)))
    people = tuple(np.concatenate([part[n] for part in parts]) for n in range(4))
    held_out = collect_people(detect, validation, range(len(validation)))
    print(f"{len(people[0])} people to train on, {len(held_out[0])} held out")
    _, (share, error) = train_stage_two(settings, people, held_out, options.out)
    print(f"held-out people that were found: 3DPCK {100 * share:.1f} % at 150 mm, "
          f"mean joint error {1000 * error:.0f} mm")


def _export(options):
    """Runs `mocap train export`."""
    _need_torch()
    from mocap_ros.decoding.several_looks import VIEW_PX
    from mocap_ros.nets.export import export_stage_one, export_stage_two
    from mocap_ros.nets.model_format import CLOSER_LOOK_FILE, STAGE_ONE_FILE, STAGE_TWO_FILE
    from mocap_ros.nets.stage_two_input import SPARSE
    from mocap_ros.training.checkpoint import load_checkpoint
    from mocap_ros.training.closer_views import CLOSER, WHOLE
    from mocap_ros.training.train_stage_one import stage_one_of
    from mocap_ros.training.train_stage_two import stage_two_of

    run, out = Path(options.run_folder), Path(options.out)
    checkpoint = load_checkpoint(run / "checkpoint.pt")
    write_slim(options.checkpoint, run / "checkpoint.pt")
    if checkpoint["settings"].get("looks", WHOLE) == CLOSER:
        export_stage_one(stage_one_of(checkpoint), out / CLOSER_LOOK_FILE, (VIEW_PX, VIEW_PX))
        print(out / CLOSER_LOOK_FILE)
        return
    export_stage_one(stage_one_of(checkpoint), out / STAGE_ONE_FILE)
    print(out / STAGE_ONE_FILE)
    if (run / "stage_two.pt").exists():
        checkpoint = load_checkpoint(run / "stage_two.pt")
        export_stage_two(stage_two_of(checkpoint), out / STAGE_TWO_FILE,
                         supervision=checkpoint["settings"].get("supervision", SPARSE))
        print(out / STAGE_TWO_FILE)
    else:
        print(f"{run / 'stage_two.pt'}: not there yet, so no {STAGE_TWO_FILE}")


def _score(options):
    """Runs `mocap train score`."""
    _need_torch()
    from mocap_ros.datasets.coco import CocoPeople
    from mocap_ros.datatypes.camera import assumed_camera, Camera
    from mocap_ros.pipeline.estimator import Estimator
    from mocap_ros.training.validation import score_found, score_poses

    if bool(options.data) == bool(options.coco):
        raise ConfigError("give either --data or --coco")
    config = config_from(options)
    estimator = Estimator(config)
    samples = shards([options.data])[0][0] if options.data else CocoPeople(*photographs_and_labels(options.coco))
    samples = [samples[index] for index in range(min(options.images, len(samples)))]
    print(f"{len(samples)} images, {estimator.engine}")
    observations = []
    for sample in samples:
        height, width = sample.image.shape[:2]
        camera = assumed_camera(width, height, config.camera.vertical_field_of_view)
        if options.data:
            camera = Camera(width, height, sample.camera_matrix)
        observations.append(estimator.estimate(sample.image, camera))
    everybody = [each.detections for each in observations]
    print("\n".join(f"{name} {value:.3f}" for name, value in score_found(everybody, samples)._asdict().items()))
    if options.data:
        share, error, people = score_poses(everybody, [each.joints_relative for each in observations], samples)
        print(f"3DPCK of {people} found people {share:.3f}\nmean joint error of found people {error:.3f} m")


def _settings(options, defaults):
    """The settings with --set applied; None after `--set list`, which prints them."""
    from mocap_ros.training.settings import described, with_changes

    if "list" in options.changes:
        print(described(defaults))
        return None
    changes = {}
    for change in options.changes:
        name, equals, text = change.partition("=")
        if not equals:
            raise ConfigError(f"--set {change}: wanted NAME=VALUE")
        changes[name] = text
    return with_changes(defaults, changes)


def _need_torch():
    """Raises DeviceError where PyTorch is not installed."""
    if find_spec("torch") is None:
        raise DeviceError(f"mocap train: torch is not installed ({install_hint('train')})")


def main():
    """`python -m mocap_ros.cli.train`, the entry for torchrun, which starts modules."""
    from mocap_ros.cli.main import main as run_command  # which imports this file

    return run_command(["train", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
