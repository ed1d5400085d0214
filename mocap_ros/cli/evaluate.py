"""`mocap evaluate`: the thesis's tables on a data set, or on generated people."""

from importlib.util import find_spec
from pathlib import Path

from tqdm import tqdm

from mocap_ros.cli.json_file import write_json
from mocap_ros.cli.options import add_estimator_options, config_from
from mocap_ros.datatypes.config import with_settings
from mocap_ros.datatypes.errors import ConfigError, DeviceError, install_hint, writing
from mocap_ros.evaluation.data_sets import open_sequences
from mocap_ros.evaluation.estimation import STAGES
from mocap_ros.evaluation.evaluate import predict_all, score_predictions, settings_of_run
from mocap_ros.evaluation.gate import broken_limits
from mocap_ros.evaluation.occluders import SHARE, occlude
from mocap_ros.evaluation.plots import draw_plots
from mocap_ros.evaluation.protocols import PROTOCOLS, protocol_of
from mocap_ros.evaluation.report import report
from mocap_ros.evaluation.run_folder import RunFolder
from mocap_ros.nets.runtime import choose_device, core_count, runs_on_gpu, weights_folder

SCORES, REPORT = "scores.json", "report.md"
GATED = ("synthetic",)
FAILED = 1  # exit status of a broken gate


def add_parser(subparsers):
    """Adds the command to the `mocap` command line."""
    parser = subparsers.add_parser(
        "evaluate", help="score the networks on a data set as the thesis does",
        description="Runs the pipeline over a data set, writes predictions, scores.json, report.md (the thesis's "
                    "tables with its published figures beside ours) and plots. Started again, it goes on where it was.",
    )
    parser.add_argument("--dataset", required=True, choices=tuple(PROTOCOLS), help="which data set")
    parser.add_argument("--root", required=True, metavar="PATH", help="its folder as published; for synthetic and "
                        "clips: what `mocap synth` rendered, for example demo")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for the results")
    parser.add_argument("--stage", type=int, choices=STAGES, default=2,
                        help="2: the per-frame estimate; 3: tracked and fitted (default: 2)")
    parser.add_argument("--predictions", metavar="DIR", help="score these predictions instead of running the networks")
    parser.add_argument("--compare", action="append", default=[], metavar="NAME=DIR",
                        help="also score another system's predictions and put them beside; may be repeated")
    parser.add_argument("--processes", type=int, default=0, metavar="N",
                        help="processes of this machine (default: one a core, or one with a GPU)")
    parser.add_argument("--cluster", default="", metavar="ADDRESS",
                        help="a Dask scheduler whose workers compute instead, such as tcp://10.0.0.1:8786")
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="only the first N frames of each sequence")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th frame")
    parser.add_argument("--occluders", type=float, nargs="?", const=SHARE, default=0.0, metavar="SHARE",
                        help=f"paste random occluders over this share of the joints (Table C.3; {SHARE} if no number "
                             "is given)")
    parser.add_argument("--seed", type=int, default=1, help="of the occluders (default: 1)")
    parser.add_argument("--no-plots", action="store_true", help="draw nothing; needs no matplotlib")
    add_estimator_options(parser)
    parser.set_defaults(run=run)


def run(options):
    """Runs the command; FAILED where generated people break the regression gate."""
    protocol = protocol_of(options.dataset)
    others = dict(_named_folder(text) for text in options.compare)
    _check(options)
    _check_packages(options, protocol)
    root = Path(options.root).resolve()  # a worker elsewhere has another current folder
    sequences = open_sequences(options.dataset, root, options.limit, options.every)
    if options.occluders:
        sequences = [occlude(each, options.occluders, options.seed) for each in sequences]
    processes = options.processes or _processes(config_from(options))
    out = Path(options.out)
    if options.predictions:
        with writing(out, ConfigError):
            out.mkdir(parents=True, exist_ok=True)
        name, folder, notes = "predictions", Path(options.predictions), [f"predictions: {options.predictions}"]
    else:
        name, folder, notes = _predicted(options, sequences, processes)
    systems = {name: score_predictions(folder, sequences, protocol, processes)}
    for other, place in others.items():
        systems[other] = score_predictions(place, sequences, protocol, processes)
    for summary in systems.values():
        if options.occluders:
            summary["occluders"] = options.occluders
    if options.dataset in GATED:
        systems[name]["gate"] = broken_limits(systems[name]["signed"])
    notes += [f"data: {protocol.title}, {systems[name]['images']} images, {systems[name]['people']} annotated people"]
    _write(out, options, systems, report(f"Evaluation on {protocol.title}", options.dataset, systems, notes))
    return FAILED if systems[name].get("gate") else 0


def _predicted(options, sequences, processes):
    """The system's name, the folder of its predictions and notes, after running what is missing."""
    # One thread in each process, so that the result does not depend on the number of processes.
    config = config_from(options)
    weights = config.estimator.weights
    if weights_folder(weights) == Path(weights):  # not one that ships
        weights = str(Path(weights).resolve())
    config = with_settings(config, {"estimator.threads": config.estimator.threads or 1, "estimator.weights": weights})
    extra = {"occluders": options.occluders, "seed": options.seed} if options.occluders else {}
    folder = RunFolder(options.out, settings_of_run(options.dataset, sequences, options.stage, config, extra))
    with tqdm(total=sum(len(each.frames) for each in sequences), unit=" frames", disable=None) as progress:
        predict_all(sequences, options.stage, config, folder, processes, options.cluster, progress)
    name = f"{weights_folder(config.estimator.weights).name}, stage {options.stage}"
    return name, folder.folder, [f"system: {name}", f"seed of the occluders: {options.seed}"][:1 + bool(extra)]


def _write(out, options, systems, page):
    """scores.json, report.md and the plots."""
    record = {"dataset": options.dataset, "stage": options.stage, "systems": systems}
    write_json(out / SCORES, record)
    with writing(out / REPORT, ConfigError):
        (out / REPORT).write_text(page)
    if not options.no_plots:
        draw_plots(out, systems)
    print(page, end="")
    print(f"\n{out / REPORT}")


def _check(options):
    """Raises ConfigError for numbers that make no sense."""
    if options.limit < 0 or options.every < 1 or options.processes < 0:
        raise ConfigError("--limit and --processes must not be negative, --every must be 1 or more")
    if not 0 <= options.occluders < 1:
        raise ConfigError(f"--occluders {options.occluders}: wanted a share from 0 to below 1")


def _check_packages(options, protocol):
    """Raises DeviceError for a package that would be missed only after hours of work."""
    needed = {"pycocotools": protocol.everybody, "matplotlib": not options.no_plots, "motmetrics": options.stage == 3,
              "distributed": bool(options.cluster)}
    missing = [name for name, wanted in needed.items() if wanted and find_spec(name) is None]
    if missing:
        raise DeviceError(f"this evaluation needs {', '.join(missing)} ({install_hint('evaluation,cluster')})")


def _named_folder(text):
    """Name and path of NAME=DIR."""
    name, equals, place = text.partition("=")
    if not (name and equals and place):
        raise ConfigError(f"--compare {text}: wanted NAME=DIR")
    return name, Path(place)


def _processes(config):
    """One process a core, or one where a GPU does the work."""
    kind, device = config.front_end.kind, config.estimator.device
    on_gpu = runs_on_gpu(device) if kind == "xnect" else kind == "onnx" and choose_device(device)[0] != "cpu"
    return 1 if on_gpu else core_count()
