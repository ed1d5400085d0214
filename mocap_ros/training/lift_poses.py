"""Posed bodies as label points without pictures: what lift-2d learns from."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from mocap_ros.datatypes.arrays import freeze_arrays
from mocap_ros.datatypes.errors import ConfigError, SkeletonError
from mocap_ros.datatypes.skeleton import JOINTS, KEYPOINTS
from mocap_ros.synthesis import pose_library
from mocap_ros.synthesis.body import bone_transforms, make_skeleton, posed_points
from mocap_ros.synthesis.labels import POINTS
from mocap_ros.synthesis.pose import FEET, Pose

N = len(POINTS)
OF_JOINTS = np.array([POINTS.index(name) for name in JOINTS])  # (J,)
OF_KEYPOINTS = np.array([POINTS.index(name) for name in KEYPOINTS])  # (K,)
SOLE = 0.075  # m, ankle to ground (synthesis/character.py)

# Kinds of poses and their shares in training: recorded people first. A robot mostly sees people upright; what is rare
# there needs more examples to be learned, not fewer.
SHARES = {
    "standing": 0.12, "walking": 0.09, "running": 0.02, "sitting": 0.12, "riding": 0.03, "crouching": 0.07,
    "on_floor": 0.06, "lying": 0.05, "sporting": 0.06, "recorded": 0.38,
}
KINDS = tuple(SHARES)
RECORDED = KINDS.index("recorded")


@dataclass(frozen=True, eq=False)
class PosedBodies:
    """Bodies standing, sitting or lying at the origin of a floor.

    Attributes:
        points: labels.POINTS order, Z up, lowest point on the floor, pelvis above the origin [m], (B, N, 3) float32.
        kinds: index into KINDS, (B,) int16.
        clips: number of the recorded clip, -1 for drawn poses, (B,) int16.
    """

    points: np.ndarray
    kinds: np.ndarray
    clips: np.ndarray

    def __post_init__(self):
        count = len(self.points)
        freeze_arrays(self, {"points": (count, N, 3)}, SkeletonError)
        freeze_arrays(self, {"kinds": (count,), "clips": (count,)}, SkeletonError, np.int16)

    def __len__(self):
        return len(self.points)


def pose_bodies(assets, count, seed, plain_recordings=False):
    """PosedBodies drawn at random; the same for the same seed.

    Args:
        assets: synthesis.assets.Assets.
        count: how many.
        seed: of all draws.
        plain_recordings: take recorded frames as they are, without mixing, mirroring or shaking, half of all poses;
            for measuring on held-out motion.
    """
    generator = np.random.default_rng(seed)
    skeleton = make_skeleton(assets.body.bone_names, assets.body.bone_parents, assets.body.point_names)
    order = [list(map(str, assets.body.point_names)).index(name) for name in POINTS]
    rest_points, heads = _bodies_at_rest(assets)
    clips = list(assets.clips.values())
    shares = np.array(list(SHARES.values()))
    if plain_recordings:
        shares = np.where(np.arange(len(KINDS)) == RECORDED, 0, shares)
        shares = np.where(np.arange(len(KINDS)) == RECORDED, shares.sum(), shares)
    kinds = generator.choice(len(KINDS), count, p=shares / shares.sum())
    points, of_clip = np.empty((count, N, 3), np.float32), np.full(count, -1)
    for row in tqdm(range(count), unit="pose", disable=None):
        name = KINDS[kinds[row]]
        if name == "recorded" and plain_recordings:
            of_clip[row] = generator.integers(len(clips))
            clip = clips[of_clip[row]]
            pose = Pose(clip[generator.integers(len(clip))], FEET, np.zeros(2))
        else:
            pose = pose_library.draw_pose(clips, generator, ((getattr(pose_library, name), 1.0),))
        body = generator.integers(len(heads))
        transforms = bone_transforms(skeleton, assets.neutral, heads[body], pose)
        points[row] = posed_points(rest_points[body], skeleton.point_bones, transforms)[order]
    points[..., :2] -= points[:, POINTS.index("pelvis"), None, :2]
    points[..., 2] -= points[..., 2].min(1, keepdims=True) - SOLE
    return PosedBodies(points, kinds, of_clip)


def _bodies_at_rest(assets):
    """Label points (bodies, points, 3) and bone heads (bodies, bones, 3) [m] of every body in use."""
    body = assets.body
    shapes = len(body.blendshapes)
    offsets = body.blendshapes.reshape(shapes, -1, 3)
    results = []
    for regressor in (assets.points, assets.heads):
        template = np.asarray(regressor @ body.vertices)
        moved = np.stack([np.asarray(regressor @ offset) for offset in offsets])  # (shapes, rows, 3)
        mixed = body.coefficients[assets.bodies] @ moved.reshape(shapes, -1)
        results.append(template + mixed.reshape(-1, *template.shape))
    return results


def stored_poses(path, count, make):
    """PosedBodies of the file `path`; where there is none yet, `make()` is called and its result stored.

    Raises:
        ConfigError: a file that holds something else, or not `count` poses.
    """
    path = Path(path)
    if not path.exists():
        poses = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with open(part, "wb") as file:
            np.savez(file, points=poses.points, kinds=poses.kinds, clips=poses.clips)
        part.replace(path)
    try:
        with np.load(path) as file:
            poses = PosedBodies(file["points"], file["kinds"], file["clips"])
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise ConfigError(f"{path}: not stored poses ({error})") from error
    if len(poses) != count:
        raise ConfigError(f"{path}: {len(poses)} poses, wanted {count}: remove it, or set poses={len(poses)}")
    return poses
