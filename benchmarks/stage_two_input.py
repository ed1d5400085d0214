"""What each part of Stage II's input is worth (Table 6.10, on generated people): 2D, with confidence, with encodings.

    python benchmarks/stage_two_input.py SHARDS HELD_OUT --weights small --images 1500

Collects the people that a trained Stage I finds, trains a Stage II from nothing for each kind of input on the same
people with the same settings, and scores it on held-out people who are found.
"""

import argparse
from pathlib import Path
import sys
import tempfile

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mocap_ros.datasets.synthetic import SyntheticShards  # noqa: E402
from mocap_ros.datatypes.config import EstimatorConfig  # noqa: E402
from mocap_ros.datatypes.skeleton import EVALUATION_JOINTS  # noqa: E402
from mocap_ros.evaluation.pose_metrics import area_under_curve, columns_of, correct_share, mean_error  # noqa: E402
from mocap_ros.nets.runtime import load_estimator  # noqa: E402
from mocap_ros.nets.stage_two_input import PARTS  # noqa: E402
from mocap_ros.training.train_stage_two import (  # noqa: E402
    collect_people, stage_two_answers, StageTwoTraining, train_stage_two)
from mocap_ros.training.validation import detect_with  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shards", help="training images that `mocap synth render` wrote")
    parser.add_argument("held_out", help="the same, of other people")
    parser.add_argument("--weights", default="small", help="whose Stage I predicts (default: small)")
    parser.add_argument("--images", type=int, default=1500, help="training images (default: 1500)")
    parser.add_argument("--held-out-images", type=int, default=200, help="images to score on (default: 200)")
    parser.add_argument("--seeds", type=int, default=3, help="trainings for each kind of input (default: 3)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    stage_one, _ = load_estimator(EstimatorConfig(weights=arguments.weights, threads=1))
    detect = detect_with(stage_one.infer, input_size=stage_one.input_size)
    shards, held_out = SyntheticShards(arguments.shards), SyntheticShards(arguments.held_out)
    chosen = np.random.default_rng(1).choice(len(shards), min(arguments.images, len(shards)), replace=False)
    people = collect_people(detect, shards, chosen)
    others = collect_people(detect, held_out, range(min(arguments.held_out_images, len(held_out))))
    print(f"{len(people[0])} people to train on, {len(others[0])} held out; "
          f"mean of {arguments.seeds} trainings (range)")
    print("| Stage II reads | 3DPCK [%] | AUC [%] | MPJPE [mm] |\n|---|---:|---:|---:|")
    for part in PARTS:
        rows = np.array([scores(part, seed, people, others) for seed in range(1, arguments.seeds + 1)])
        shown = [f"{mean:.1f} ({low:.1f} to {high:.1f})"
                 for mean, low, high in zip(rows.mean(0), rows.min(0), rows.max(0))]
        print(f"| {part} | " + " | ".join(shown) + " |", flush=True)


def scores(part, seed, people, others):
    """3DPCK, AUC [%] and MPJPE [mm] on the people `others` of a Stage II trained to read `part`."""
    with tempfile.TemporaryDirectory() as run:
        settings = StageTwoTraining(input=part, seed=seed, threads=1)
        model, _ = train_stage_two(settings, people, others, run)
    errors = np.linalg.norm(stage_two_answers(model, others) - others[3], axis=-1)[:, columns_of(EVALUATION_JOINTS)]
    return 100 * correct_share(errors), 100 * area_under_curve(errors), 1000 * mean_error(errors)


if __name__ == "__main__":
    main()
