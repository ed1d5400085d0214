"""`mocap train lift` and `mocap train score-lift`: lift-2d from motion capture alone. Needs the extra [train]."""

from pathlib import Path

from mocap_ros.datatypes.errors import ConfigError

HELD_OUT_SEED = 2


def add_lift_parsers(steps, need_torch, settings_from):
    """Adds both steps to `mocap train`.

    Args:
        steps: the subparsers of `mocap train`.
        need_torch: function that raises where PyTorch is missing.
        settings_from: function from parsed options and default settings to the settings, None after `--set list`.
    """
    lift = steps.add_parser("lift", help="3D from the keypoints of any 2D detector",
                            description="Trains lift-2d on motion capture alone: no images are drawn. RUN gets "
                                        "poses.npz (kept for the next time), lift.pt and stage_two.onnx, and is then "
                                        "a folder for `--set estimator.lift=RUN`.")
    lift.add_argument("--assets", required=True, metavar="FILE", help="what `mocap synth bake` wrote")
    lift.add_argument("--out", required=True, metavar="RUN", help="folder of the run")
    lift.add_argument("--resume", action="store_true", help="go on from RUN's checkpoint, to the exact step")
    lift.add_argument("--start-from", metavar="RUN", help="begin with the weights of another run of as many features "
                                                          "and as many or fewer blocks")
    lift.add_argument("--set", dest="changes", action="append", default=[], metavar="NAME=VALUE",
                      help="a setting of the training, for example steps=20000; `--set list` shows them all")
    lift.set_defaults(run=lambda options: _train(options, need_torch, settings_from))

    score = steps.add_parser("score-lift", help="score a lifting model on motion that it never saw",
                             description="Prints 3DPCK and the mean joint error of a lifting model: on held-out poses "
                                         "with the measured noise of real detectors (--assets), or on rendered people "
                                         "whom a real detector found (--found).")
    score.add_argument("--lift", default="lift-2d", help="a shipped model or the folder of one (default: lift-2d)")
    score.add_argument("--assets", metavar="FILE", help="what `mocap synth bake` wrote")
    score.add_argument("--poses", type=int, default=8000, help="held-out poses, half of them recorded (default: 8000)")
    score.add_argument("--found", metavar="FILE", help="what `benchmarks/detector_noise.py find` wrote")
    score.set_defaults(run=lambda options: _score(options, need_torch))


def _train(options, need_torch, settings_from):
    """Runs `mocap train lift`."""
    need_torch()
    from mocap_ros.nets.export import export_lift
    from mocap_ros.nets.model_format import STAGE_TWO_FILE
    from mocap_ros.synthesis.assets import load_assets
    from mocap_ros.training.checkpoint import load_checkpoint
    from mocap_ros.training.lift_poses import pose_bodies, stored_poses
    from mocap_ros.training.score_lift import score_lift
    from mocap_ros.training.train_lift import CHECKPOINT, LiftTraining, symmetric_inference, train_lift

    settings = settings_from(options, LiftTraining())
    if settings is None:
        return
    run = Path(options.out)
    poses = stored_poses(run / "poses.npz", settings.poses,
                         lambda: pose_bodies(load_assets(options.assets), settings.poses, settings.seed))
    held_out = stored_poses(
        run / "held_out_poses.npz", settings.held_out_poses,
        lambda: pose_bodies(load_assets(options.assets, held_out=True), settings.held_out_poses, HELD_OUT_SEED, True))

    def report(model, step):
        rows = [_line(row) for row in score_with(model, detailed=False)]
        print(f"step {step}: " + "; ".join(rows), flush=True)
        with (run / "validation.txt").open("a") as file:
            file.write("\n".join([f"step {step}", *rows]) + "\n")

    def score_with(model, detailed):
        return score_lift(symmetric_inference(model), held_out, detailed=detailed)

    start = load_checkpoint(Path(options.start_from) / CHECKPOINT) if options.start_from else None
    model = train_lift(settings, poses, run, options.resume, report, start_from=start)
    for row in score_with(model, detailed=True):
        print(_line(row))
    export_lift(model, run / STAGE_TWO_FILE)
    print(run / STAGE_TWO_FILE)


def _score(options, need_torch):
    """Runs `mocap train score-lift`."""
    need_torch()
    from mocap_ros.datatypes.config import EstimatorConfig
    from mocap_ros.nets.runtime import load_lift
    from mocap_ros.synthesis.assets import load_assets
    from mocap_ros.training.lift_poses import pose_bodies
    from mocap_ros.training.score_lift import score_found, score_lift

    if bool(options.assets) == bool(options.found):
        raise ConfigError("give either --assets or --found")
    model = load_lift(EstimatorConfig(lift=options.lift))
    if options.found:
        rows = score_found(model.infer, options.found)
    else:
        held_out = pose_bodies(load_assets(options.assets, held_out=True), options.poses, HELD_OUT_SEED, True)
        rows = score_lift(model.infer_rows, held_out)
    for row in rows:
        print(_line(row))


def _line(row):
    return f"{row.name}: 3DPCK {100 * row.right:.1f} %, {1000 * row.error:.0f} mm ({row.people} people)"
