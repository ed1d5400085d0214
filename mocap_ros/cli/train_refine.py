"""`mocap train refine`: the refiner, which sees one person at a time. Needs the extra [train]."""

from pathlib import Path

from mocap_ros.cli.numbers import at_least
from mocap_ros.cli.options import add_estimator_options, config_from
from mocap_ros.cli.training_data import (
    add_coco_option, add_data_options, add_range_options, add_run_options, first_samples, image_range, labelled_sources,
    resumed, shards, with_share, write_slim)
from mocap_ros.datatypes.errors import ConfigError, writing

LEARNS_FROM = "data", "datasets", "coco", "found", "negatives"  # options that a checkpoint keeps
VALIDATION_SEED = 1
# As `mocap detect`: what is no person is learned from too.
FOR_FINDING = {"decoding.minimum_score": 0.25, "estimator.refined_boxes": 16}


def add_refine_parsers(steps, need_torch, settings_from):
    """Adds both steps to `mocap train`; arguments as for add_lift_parsers."""
    find = steps.add_parser("find", help="whom a model finds in training images, for `refine --found`",
                            description="Runs a model's Stage I over rendered images and keeps what it finds of whom; "
                                        "best over images that it has not learned from.")
    find.add_argument("--data", required=True, metavar="DIR", help="shards made by `mocap synth`")
    add_range_options(find)
    find.add_argument("--out", required=True, metavar="FILE", help="file to write, .npz")
    find.add_argument("--maps", metavar="FOLDER",
                      help="folder to write with what Stage I shows of these images, 340 kB each: the refiner reads it "
                           "too, and `boxes --maps` learns from it")
    add_estimator_options(find, FOR_FINDING)
    find.set_defaults(run=lambda options: _find(options, need_torch))

    parser = steps.add_parser("refine", help="the network that puts each found person right in 2D and 3D",
                              description="Trains the refiner on crops around people as a first look may find them; "
                                          "RUN gets refiner.pt, log.csv and refiner.onnx, and is then a folder for "
                                          "`--set estimator.refiner=RUN`. Several GPUs: torchrun, as for stage-one.")
    add_data_options(parser)
    add_coco_option(parser)
    parser.add_argument("--negatives", metavar="DIR",
                        help="photographs that show nobody: occluders are cut from them, findings in them are false")
    parser.add_argument("--found", action="append", default=[], metavar="FILE[=SHARE]",
                        help="what `mocap train find` wrote: the findings in these images are real, in those of --data "
                             "drawn; may be repeated")
    parser.add_argument("--validation-found", metavar="FILE", help="the same to score on, in place of --validation")
    parser.add_argument("--validation-images", type=at_least(1), default=200, help="how many of them (default: 200)")
    add_run_options(parser)
    parser.set_defaults(run=lambda options: _train(options, need_torch, settings_from))

    mean = steps.add_parser("mean-refiner", help="the mean of several refiners' weights",
                            description="Writes refiner.onnx and refiner.pt (for `refine --start-from`) whose "
                                        "weights are the mean of those of several trainings that began alike.")
    mean.add_argument("--of", action="append", required=True, metavar="CHECKPOINT[=SHARE]",
                      help="refiner.pt of a training, and how much it counts (default: 1); to be repeated")
    mean.add_argument("--out", required=True, metavar="DIR", help="folder to write")
    mean.set_defaults(run=lambda options: _mean(options, need_torch))


def _find(options, need_torch):
    """Runs `mocap train find`."""
    need_torch()
    from mocap_ros.pipeline.estimator import Estimator
    from mocap_ros.training.found_people import find_people, NOBODY, write_found
    from mocap_ros.training.stored_maps import MapsWriter

    (samples,), _ = shards([options.data])
    chosen = image_range(options, samples)
    detect = Estimator(config_from(options, FOR_FINDING)).detect
    if options.maps:
        with MapsWriter(options.maps) as writer:
            found = find_people(detect, samples, chosen, writer.add)
    else:
        found = find_people(detect, samples, chosen)
    with writing(options.out, ConfigError):
        write_found(options.out, options.data, found, options.maps)
    false = int((found.person == NOBODY).sum())
    print(f"{options.out}: {len(found.person) - false} people and {false} findings of nobody")


def _train(options, need_torch, settings_from):
    """Runs `mocap train refine`."""
    need_torch()
    from mocap_ros.datasets.photographs import Photographs
    from mocap_ros.nets.export import export_refiner
    from mocap_ros.nets.model_format import REFINER_FILE
    from mocap_ros.training.found_people import FoundSamples
    from mocap_ros.training.score_refiner import refiner_views, score_refiner
    from mocap_ros.training.train_refiner import CHECKPOINT, RefinerTraining, train_refiner

    defaults, run = RefinerTraining(), Path(options.out)
    if options.resume:
        defaults = resumed(options, run / CHECKPOINT, RefinerTraining, LEARNS_FROM)
    settings = settings_from(options, defaults)
    if settings is None:
        return
    negatives = Photographs(options.negatives) if options.negatives else None
    sources, shares = labelled_sources(options, negatives)
    for each in options.found:
        place, share = with_share(each)
        sources.append(FoundSamples(place))
        shares.append(share)
    if not sources:
        raise ConfigError("nothing to train on: give --data, --dataset, --coco or --found")
    samples = first_samples(options.validation, options.validation_images)
    if options.validation_found:
        samples = FoundSamples(options.validation_found)
        samples = [samples[index] for index in range(min(options.validation_images, len(samples)))]
    views = refiner_views(samples, VALIDATION_SEED) if samples else None
    with writing(run, ConfigError):
        run.mkdir(parents=True, exist_ok=True)

    def evaluate(model, step):
        scores = score_refiner(model, views)
        print(f"step {step}: " + "  ".join(f"{name} {value:.3f}" for name, value in scores._asdict().items()),
              flush=True)
        path = run / "validation.csv"
        if not path.exists():
            path.write_text(",".join(("step",) + scores._fields) + "\n")
        with path.open("a") as file:
            file.write(",".join([str(step)] + [f"{value:.4f}" for value in scores]) + "\n")

    model = train_refiner(settings, sources, shares, negatives, run, evaluate if views else None, options.resume,
                          start_from=options.start_from,
                          learns_from={name: getattr(options, name) for name in LEARNS_FROM})
    export_refiner(model, run / REFINER_FILE)
    print(run / REFINER_FILE)
    write_slim(options.checkpoint, run / CHECKPOINT)


def _mean(options, need_torch):
    """Runs `mocap train mean-refiner`."""
    need_torch()
    from mocap_ros.nets.export import export_refiner
    from mocap_ros.nets.model_format import REFINER_FILE
    from mocap_ros.training.checkpoint import load_checkpoint, mean_checkpoint, save_checkpoint, slim_checkpoint
    from mocap_ros.training.train_refiner import CHECKPOINT, refiner_of

    paths, shares = zip(*map(with_share, options.of))
    mean, out = mean_checkpoint([load_checkpoint(path) for path in paths], shares), Path(options.out)
    with writing(out, ConfigError):
        save_checkpoint(out / CHECKPOINT, slim_checkpoint(mean))
        export_refiner(refiner_of(mean), out / REFINER_FILE)
    print(out / REFINER_FILE)
