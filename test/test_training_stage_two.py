"""Stage II learns poses from what Stage I would say of them."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from training_scenes import people_sample  # noqa: E402

from mocap_ros.datatypes.skeleton import ENCODED_BONES, J, JOINTS, K, ROOT  # noqa: E402
from mocap_ros.training.checkpoint import load_checkpoint  # noqa: E402
from mocap_ros.training.targets import bone_vectors, relative_to_view  # noqa: E402
from mocap_ros.training.train_stage_two import (  # noqa: E402
    StageTwoTraining, pose_errors, stage_two_of, train_stage_two,
)


def perfect_people(count, seed):
    """What a faultless Stage I would say of people who face any way, shaken by 3 cm, with their poses."""
    generator = np.random.default_rng(seed)
    roots = generator.uniform([-1.5, 0, 3], [1.5, 0.3, 7], (count, 3))
    sample = people_sample(roots, generator=generator, yaws=generator.uniform(-np.pi, np.pi, count))
    joints = relative_to_view(sample, sample.keypoints_px)
    joints = joints - joints[:, JOINTS.index(ROOT), None]
    encodings = bone_vectors(sample)[:, None] * ENCODED_BONES[None, :, :, None]
    return sample.keypoints_px, np.ones((count, K), np.float32), encodings, joints.astype(np.float32)


def test_poses_of_people_never_seen_are_learned(tmp_path):
    held_out = perfect_people(40, seed=2)
    mean_pose = np.linalg.norm(held_out[3] - held_out[3].mean(0), axis=-1)[:, :14].mean()
    settings = StageTwoTraining(features=64, epochs=60, batch=64, average=0.9, threads=1)
    model, (share, error) = train_stage_two(settings, perfect_people(512, seed=1), held_out, tmp_path)
    # The mean of everybody, which needs no learning, is 14 cm off; a third of that has seen the encodings.
    assert mean_pose > 0.12 and error < mean_pose / 2 and share > 0.9
    assert pose_errors(stage_two_of(load_checkpoint(tmp_path / "stage_two.pt")), held_out) == (share, error)
    with torch.no_grad():
        assert model(torch.zeros(1, K * (3 + 3 * J)))[0, JOINTS.index(ROOT)].abs().max() == 0
