"""What boxes cost beside Stage I: BoxNet on its maps, reading them, and the refiner in one box and in eight.

`python benchmarks/boxes_speed.py [--weights base] [--threads 2]`. Medians of calls in turn, shipped weights on ONNX
Runtime, on a frame of the demo; and how many images a second BoxNet learns from on one thread.
"""

import argparse
from pathlib import Path
import sys
import time

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mocap_ros.datasets.clips import ClipFrames  # noqa: E402
from mocap_ros.datatypes.config import EstimatorConfig  # noqa: E402
from mocap_ros.datatypes.skeleton import K, L  # noqa: E402
from mocap_ros.decoding.person_boxes import read_boxes  # noqa: E402
from mocap_ros.nets.box_net import BoxNet  # noqa: E402
from mocap_ros.nets.image_input import letterbox_image  # noqa: E402
from mocap_ros.nets.runtime import load_boxes, load_estimator, load_refiner  # noqa: E402
from mocap_ros.nets.shown_maps import MAP_CHANNELS, Shown, ShownMaps  # noqa: E402
from mocap_ros.pipeline.timing import time_in_turn  # noqa: E402
from mocap_ros.training.box_maps import COLUMNS, ROWS  # noqa: E402
from mocap_ros.training.box_targets import box_losses, box_targets, BoxTargets  # noqa: E402
from mocap_ros.training.schedule import optimizers_of  # noqa: E402
from mocap_ros.training.train_boxes import BoxTraining  # noqa: E402

CLIP = Path(__file__).resolve().parents[1] / "demo" / "people.mp4"


def main():
    """Prints one line for running and one for learning."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", default="small")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--steps", type=int, default=6)
    options = parser.parse_args()
    config = EstimatorConfig(weights=options.weights, device="cpu", threads=options.threads)
    stage_one, boxes, refiner = load_estimator(config)[0], load_boxes(config), load_refiner(config)
    clip = ClipFrames(CLIP)
    image = clip[0].read_image()
    resized, letterbox = letterbox_image(image, stage_one.input_size)
    maps = stage_one.infer(resized[None])
    said = boxes.infer(maps)
    corners = letterbox.to_image(read_boxes(*said, stage_one.stride).corners.reshape(-1, 2, 2)).reshape(-1, 4)

    def look(count):
        shown = Shown(ShownMaps(maps.heatmaps[0], maps.part_affinity[0], letterbox.scale),
                      np.resize(corners, (count, 4)), np.ones(count))
        refiner.look_into(image, shown, clip.camera)

    took = 1e3 * np.median(time_in_turn([
        lambda: stage_one.infer(resized[None]), lambda: boxes.infer(maps), lambda: read_boxes(*said, stage_one.stride),
        lambda: look(1), lambda: look(8)], options.rounds), axis=1)
    print(f"running: Stage I of {options.weights} {took[0]:.1f} ms, BoxNet {took[1]:.1f}, reading {took[2]:.2f}, "
          f"the refiner in one box {took[3]:.1f}, in eight {took[4]:.1f}")

    torch.set_num_threads(1)
    settings = BoxTraining()
    model = BoxNet().to(memory_format=torch.channels_last).train()
    optimizers = optimizers_of(model, settings.optimizer, settings.rate, settings.weight_decay)
    targets = box_targets(np.array([[40.0, 40, 90, 200]]), np.array([True]), ROWS, COLUMNS)
    targets = BoxTargets(*(torch.from_numpy(np.stack([each] * settings.batch)) for each in targets))
    shown, seconds = torch.rand(settings.batch, MAP_CHANNELS, ROWS, COLUMNS), []
    for _ in range(options.steps + 2):
        begin = time.perf_counter()
        sum(box_losses(model(shown[:, :K], shown[:, K:].unflatten(1, (L, 2))), targets)).backward()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        seconds.append(time.perf_counter() - begin)
    print(f"learning: {settings.batch / np.median(seconds[2:]):.0f} images/s on one thread, "
          f"{sum(each.numel() for each in model.parameters()) / 1e6:.2f} million parameters")


if __name__ == "__main__":
    main()
