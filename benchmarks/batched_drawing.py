"""Training views a second that one process stages, and that the device at hand draws and makes targets of.

`python benchmarks/batched_drawing.py assets.npz [backgrounds] [--batch 16] [--batches 8] [--threads 1]`, with an asset
file of `mocap synth bake` and a folder of photographs. Draws on the first CUDA device, else on the CPU. Medians over
batches of processor time (CPU) or of time (GPU); the first batch is left out. Also counts, on either, the operations of
a batch, how often the host has to wait for the device, and the bytes that the operations read and write.
"""

import argparse
from pathlib import Path
import sys
import time

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mocap_ros.datasets.augmentation import AugmentationConfig  # noqa: E402
from mocap_ros.synthesis.batched.meshes import assemble  # noqa: E402
from mocap_ros.training.batch_stream import DrawnPeople  # noqa: E402
from mocap_ros.training.drawn_views import StagedViews, ViewDrawer  # noqa: E402
from mocap_ros.training.operation_count import OperationCount  # noqa: E402

SEED = 5


def main():
    """Prints the rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assets")
    parser.add_argument("backgrounds", nargs="?")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--batches", type=int, default=8)
    parser.add_argument("--characters", type=int, default=36)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    views = StagedViews(DrawnPeople(options.assets, options.backgrounds, characters=options.characters),
                        AugmentationConfig(), SEED)
    draw = ViewDrawer(views, device)

    def now():
        if device.type == "cuda":
            torch.cuda.synchronize()
            return time.perf_counter()
        return time.process_time()

    views.stock(0)
    staging, drawing, people, triangles = [], [], [], []
    for number in range(options.batches + 1):
        start = time.process_time()
        staged = views.collate([views[(0, number * options.batch + place)] for place in range(options.batch)])
        staging.append(time.process_time() - start)
        start = now()
        draw(0, staged)
        drawing.append(now() - start)
        people.append(len(staged.places) / options.batch)
        scenes = staged.to(device).scenes
        triangles.append(len(assemble(draw.drawer.meshes, scenes).triangles) / options.batch)
    name = torch.cuda.get_device_name() if device.type == "cuda" else f"CPU, {options.threads} threads"
    print(f"{options.batch / np.median(staging[1:]):.1f} views/s staged by one process")
    print(f"{options.batch / np.median(drawing[1:]):.1f} views/s drawn with targets on {name}, batches of "
          f"{options.batch}")
    print(f"{np.mean(people):.1f} people and {np.mean(triangles):.0f} triangles a scene")
    with OperationCount() as count:
        draw(0, staged)
    print(f"{count.operations} operations and {sum(count.waits.values())} waits a batch, "
          f"{count.bytes / options.batch / 1e9:.2f} GB read and written a view")
    if device.type == "cuda":
        print(f"{torch.cuda.max_memory_allocated() / 2 ** 30:.1f} GiB at most")


if __name__ == "__main__":
    main()
