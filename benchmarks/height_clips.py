"""Renders the clips of benchmarks/height.py: `python benchmarks/height_clips.py --assets ASSETS --out FOLDER`.

People of 1.0 to 2.0 m as far as the assets have them, in rooms and streets, before cameras of several heights and
tilts.
"""

import argparse
from dataclasses import replace
from pathlib import Path
import sys

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mocap_ros.synthesis.assets import load_assets  # noqa: E402
from mocap_ros.synthesis.body import shape_vertices  # noqa: E402
from mocap_ros.synthesis.clip import HEIGHT, Stage, WIDTH  # noqa: E402
from mocap_ros.synthesis.clip_files import write_clip  # noqa: E402
from mocap_ros.synthesis.scene import view_toward  # noqa: E402
from mocap_ros.synthesis.wardrobe import Wardrobe  # noqa: E402

PEOPLE = 4
STATURES = np.linspace(1.0, 2.0, 12)  # m
SETUPS = (  # outdoors, seed, camera's height [m], tilt and roll [rad]
    (False, 101, 1.5, 0.14, 0.0), (True, 102, 2.2, 0.20, 0.0), (False, 103, 1.0, 0.02, 0.0),
    (True, 104, 2.6, 0.28, 0.06), (False, 105, 1.5, 0.14, 0.03), (True, 106, 1.3, 0.08, 0.0),
)


def wardrobe_of_all_statures(path):
    """A Wardrobe with one body near each of STATURES, and the movements kept for validation."""
    held_out, others = load_assets(path, True), load_assets(path, False)
    bodies = np.concatenate([held_out.bodies, others.bodies])
    heights = np.array([np.ptp(shape_vertices(held_out, body)[:, 2]) for body in bodies])
    chosen = bodies[np.abs(heights - STATURES[:, None]).argmin(1)]
    return Wardrobe(replace(held_out, bodies=chosen))


def main():
    """Renders every setup that is not there yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=8.0)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    wardrobe = wardrobe_of_all_statures(options.assets)
    for outdoors, seed, height, tilt, roll in SETUPS:
        path = options.out / f"{'street' if outdoors else 'room'}{seed}.mp4"
        if not path.with_suffix(".json").exists():
            stage = Stage(wardrobe, wardrobe.assets.takes, options.seconds, PEOPLE, seed, outdoors)
            stage.view = view_toward(WIDTH, HEIGHT, stage.view.focal, [0, 0, height], -tilt, roll)
            write_clip(path, stage, stage.frames(options.seconds))
            print(path)


if __name__ == "__main__":
    main()
