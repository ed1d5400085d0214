"""Samples a second that Stage I learns from, without reading or drawing them: forward, losses, backward and step.

`python benchmarks/training_speed.py [--width 0.5 1] [--batch 16] [--threads 1] [--compile]`. Medians over steps, 2D and
3D branch, on the first CUDA device, else on the CPU, in the precision that a run would choose there.
"""

import argparse
from pathlib import Path
import sys
import time

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mocap_ros.nets.stage_one import StageOne  # noqa: E402
from mocap_ros.training.batch_targets import batch_targets  # noqa: E402
from mocap_ros.training.losses import stage_one_losses  # noqa: E402
from mocap_ros.training.precision import autocast  # noqa: E402
from mocap_ros.training.schedule import optimizers_of  # noqa: E402
from mocap_ros.training.train_stage_one import StageOneTraining  # noqa: E402


def main():
    """Prints one line a width."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=float, nargs="+", default=[0.5, 1.0])
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    settings = StageOneTraining()
    images = torch.randint(0, 256, (options.batch, settings.crop_height, settings.crop_width, 3), dtype=torch.uint8)
    points = torch.rand(options.batch, 3, 20, 2) * torch.tensor([settings.crop_width, settings.crop_height])
    targets = batch_targets(points, torch.full(points.shape[:3], 4, dtype=torch.uint8),
                            torch.randn(options.batch, 3, 21, 3) * 0.2, settings.crop_height, settings.crop_width)
    images, targets = images.to(device), type(targets)(*(each.to(device) for each in targets))
    precision = autocast(settings.precision, device)
    for width in options.width:
        model = StageOne(width).to(device, memory_format=torch.channels_last).train()
        optimizers = optimizers_of(model, settings.optimizer, settings.rate, settings.weight_decay)
        network = torch.compile(model) if options.compile else model
        seconds = []
        for _ in range(options.steps + 2):
            start = time.perf_counter() if device.type == "cuda" else time.process_time()
            with precision():
                outputs = network(images)
            sum(stage_one_losses(outputs, targets).values()).backward()
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
            if device.type == "cuda":
                torch.cuda.synchronize()
            seconds.append((time.perf_counter() if device.type == "cuda" else time.process_time()) - start)
        parameters = sum(each.numel() for each in model.parameters())
        print(f"width {width}: {options.batch / np.median(seconds[2:]):.1f} samples/s on {device.type}, "
              f"{parameters / 1e6:.2f} million parameters", flush=True)


if __name__ == "__main__":
    main()
