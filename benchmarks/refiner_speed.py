"""How fast the refiner runs and learns: crops a second, and what a look at 1, 4 and 10 people takes beside Stage I's.

`python benchmarks/refiner_speed.py [--threads 2] [--batch 64]`. Running: medians of calls in turn, shipped weights on
ONNX Runtime. Learning: forward, losses, backward and step on made-up crops, on the first CUDA device, else on the CPU,
in the precision that a run would choose there.
"""

import argparse
from pathlib import Path
import sys
import time

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mocap_ros.datatypes.config import EstimatorConfig  # noqa: E402
from mocap_ros.datatypes.skeleton import J, K  # noqa: E402
from mocap_ros.nets.refiner_input import CAMERA_NUMBERS, CROP_PX  # noqa: E402
from mocap_ros.nets.refiner_net import RefinerNet  # noqa: E402
from mocap_ros.nets.runtime import load_estimator, load_refiner  # noqa: E402
from mocap_ros.nets.shown_maps import NOTHING_SHOWN  # noqa: E402
from mocap_ros.pipeline.timing import time_in_turn  # noqa: E402
from mocap_ros.training.precision import autocast  # noqa: E402
from mocap_ros.training.refiner_losses import refiner_losses  # noqa: E402
from mocap_ros.training.refiner_views import RefinerViews  # noqa: E402
from mocap_ros.training.schedule import optimizers_of  # noqa: E402
from mocap_ros.training.train_refiner import RefinerTraining  # noqa: E402

PEOPLE = 1, 4, 10


def made_up(count):
    """RefinerViews of `count` noisy crops, as tensors."""
    places = torch.rand(count, K, 2) * CROP_PX
    found = torch.cat([places + torch.randn(places.shape), torch.ones(count, K, 1)], -1)
    return RefinerViews(torch.randint(0, 256, (count, CROP_PX, CROP_PX, 3), dtype=torch.uint8), found,
                        torch.zeros(count, CAMERA_NUMBERS), torch.randn(count, *NOTHING_SHOWN.shape), places,
                        torch.ones(count, K), torch.ones(count, K), torch.ones(count, K), torch.ones(count),
                        torch.randn(count, J, 3) * 0.2)


def main():
    """Prints one line for running and one for learning."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--steps", type=int, default=12)
    options = parser.parse_args()
    config = EstimatorConfig(device="cpu", threads=options.threads)
    refiner, stage_one = load_refiner(config), load_estimator(config)[0]
    image = np.zeros((1, stage_one.input_size[1], stage_one.input_size[0], 3), np.uint8)
    views = [[each.numpy() for each in made_up(count).told] for count in PEOPLE]
    looks = [lambda view=view: refiner.infer(*view) for view in views]
    *took, stage_one_ms = 1e3 * np.median(time_in_turn([*looks, lambda: stage_one.infer(image)], 40), axis=1)
    print("running: " + ", ".join(f"{count} people {each:.1f} ms" for count, each in zip(PEOPLE, took))
          + f"; Stage I of {config.weights} {stage_one_ms:.1f} ms")

    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    settings = RefinerTraining()
    model = RefinerNet().to(device, memory_format=torch.channels_last).train()
    optimizers = optimizers_of(model, settings.optimizer, settings.rate, settings.weight_decay)
    batch = RefinerViews(*(each.to(device) for each in made_up(options.batch)))
    precision, seconds = autocast(settings.precision, device), []
    for _ in range(options.steps + 3):
        begin = time.perf_counter()
        with precision():
            outputs = model(*batch.told)
        sum(refiner_losses(outputs, batch)).backward()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        if device.type == "cuda":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - begin)
    print(f"learning: {options.batch / np.median(seconds[3:]):.0f} crops/s on {device.type}, "
          f"{sum(each.numel() for each in model.parameters()) / 1e6:.2f} million parameters")


if __name__ == "__main__":
    main()
