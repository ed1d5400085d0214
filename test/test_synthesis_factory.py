"""The whole generator on a doll of boxes: exact labels, same seed same bytes, shards, clips."""

import json
import sys

import cv2
import numpy as np
import pytest

pytest.importorskip("numba", reason="the generator needs the extra [train]")

from mocap_ros.cli.synth import main  # noqa: E402
from mocap_ros.datasets.sample import OUTSIDE, SEEN  # noqa: E402
from mocap_ros.datasets.synthetic import JPEG_QUALITY, SyntheticShards, shard_paths, write_shard  # noqa: E402
from mocap_ros.datatypes.errors import ConfigError, ImageError  # noqa: E402
from mocap_ros.datatypes.skeleton import ANGLES, JOINT_OF_KEYPOINT, JOINTS, KEYPOINTS, J, K  # noqa: E402
from mocap_ros.geometry.rotation import rotvec_to_matrix  # noqa: E402
from mocap_ros.kinematics.bone_lengths import measure_bones  # noqa: E402
from mocap_ros.kinematics.chain import forward_kinematics  # noqa: E402
from mocap_ros.kinematics.joint_limits import LIMITS  # noqa: E402
from mocap_ros.kinematics.rest_pose import default_bone_lengths  # noqa: E402
from mocap_ros.synthesis.assets import load_assets  # noqa: E402
from mocap_ros.synthesis.body import bone_transforms, posed_points, skin  # noqa: E402
from mocap_ros.synthesis.chain_pose import fit_chain  # noqa: E402
from mocap_ros.synthesis.clothing import dress  # noqa: E402
from mocap_ros.synthesis.factory import Factory  # noqa: E402
from mocap_ros.synthesis.pose import FEET, Pose, local_rotations  # noqa: E402
from mocap_ros.synthesis.motion import S  # noqa: E402
from mocap_ros.synthesis.wardrobe import Wardrobe  # noqa: E402


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photographs")
    generator = np.random.default_rng(0)
    for number in range(12):
        picture = cv2.resize(generator.integers(0, 255, (9, 12, 3), dtype=np.uint8), (480, 360))
        cv2.imwrite(str(folder / f"{number:02d}.png"), picture)
    return folder


@pytest.fixture(scope="module")
def pictures(doll, photographs):
    return list(Factory(doll, photographs, seed=4).shard(0, 12))


def test_joints_project_to_their_keypoints(pictures):
    people = 0
    for picture in pictures:
        joints = picture.labels.joints_camera[:, JOINT_OF_KEYPOINT] @ picture.matrix.T
        ahead = (JOINT_OF_KEYPOINT >= 0) & (joints[..., 2] > 0.2)
        error = np.abs(joints[..., :2] / joints[..., 2:] - picture.labels.keypoints_px)[ahead]
        people += len(joints)
        assert error.size == 0 or error.max() < 0.05  # px; labels are float32
    assert people > 10


def test_the_labelled_chain_lies_on_the_labelled_joints(pictures):
    for picture in pictures:
        joints = picture.labels.joints_camera.astype(float)
        rotations, angles = picture.labels.root_rotations.astype(float), picture.labels.angles.astype(float)
        chain = forward_kinematics(joints[:, JOINTS.index("pelvis")], rotations, angles, measure_bones(joints)).joints
        distance = np.linalg.norm(chain - joints, axis=-1)
        # m: the doll's collar bones, two-jointed spine and neck move joints that the chain's single ones cannot follow
        assert distance.size == 0 or (np.median(distance) < 0.02 and distance.mean(1).max() < 0.04)
        assert np.isfinite(angles).all() and np.abs(angles).max(initial=0) <= np.pi + 1e-5


def test_the_chain_of_the_chains_own_joints_is_found_again():
    generator = np.random.default_rng(3)
    angles = np.clip(generator.normal(0, 0.25, (40, len(ANGLES))), *LIMITS.T)
    angles[:, [k for k, name in enumerate(ANGLES) if "elbow" in name or "knee" in name]] += 0.6
    rotations = rotvec_to_matrix(generator.normal(0, 1, (40, 3)))
    joints = forward_kinematics(np.zeros((40, 3)), rotations, angles, default_bone_lengths(np.full(40, 1.7))).joints
    found_rotations, found = fit_chain(joints + [0.3, -0.2, 4.0])
    turn = np.einsum("pij,pij->p", found_rotations, rotations)  # trace of the rotation between them
    assert np.degrees(np.arccos(np.clip((turn - 1) / 2, -1, 1))).max() < 1.0
    assert np.degrees(np.abs(found - angles)).max() < 3.0  # degrees; the fit stops where steps are below 1 mm


def test_a_seen_keypoint_lies_in_its_persons_mask(pictures):
    hits = []
    for picture in pictures:
        owners = picture.labels.owners
        assert owners.shape == picture.image.shape[:2] and owners.max() <= len(picture.labels.heights)
        trunk = [KEYPOINTS.index(name) for name in ("l_hip", "r_hip", "pelvis", "neck")]
        for number, (points, codes) in enumerate(zip(picture.labels.keypoints_px, picture.labels.visibility)):
            for x, y in np.rint(points[trunk][codes[trunk] == SEEN]).astype(int):
                hits.append(owners[min(y, owners.shape[0] - 1), min(x, owners.shape[1] - 1)] == number + 1)
    assert len(hits) > 20 and np.mean(hits) > 0.9  # at a silhouette's edge the pixel may show what lies behind


def test_codes_and_places_agree_on_what_is_outside(pictures):
    for picture in pictures:
        height, width = picture.image.shape[:2]
        x, y = np.moveaxis(picture.labels.keypoints_px, -1, 0)
        inside = (x >= -0.5) & (x < width - 0.5) & (y >= -0.5) & (y < height - 0.5)
        labelled = picture.labels.visibility != OUTSIDE
        assert not (labelled & ~inside).any()
    assert any((picture.labels.visibility == SEEN).any() for picture in pictures)


def test_shapes_follow_the_skeleton(pictures):
    for picture in pictures:
        people = len(picture.labels.heights)
        assert picture.labels.keypoints_px.shape == (people, K, 2) and picture.labels.joints_camera.shape == (
            people,
            J,
            3,
        )
        assert picture.labels.visibility.dtype == np.uint8 and (picture.labels.heights > 0.8).all()


def test_left_is_left_of_a_person_facing_the_camera(doll):
    wardrobe = Wardrobe(load_assets(doll))
    character = dress(wardrobe, np.random.default_rng(1))
    pose = Pose(np.tile(np.eye(3), (S, 1, 1)), FEET, np.zeros(2))
    transforms = bone_transforms(wardrobe.skeleton, wardrobe.assets.neutral, character.heads, pose)
    points = posed_points(character.points, wardrobe.skeleton.point_bones, transforms)
    for name in ("shoulder", "hip", "knee", "wrist", "eye"):
        left, right = (points[wardrobe.point_index[f"{side}_{name}"], 0] for side in "lr")
        assert left > right  # +X is the left of a body that faces -Y
    for side in "lr":
        height = [points[wardrobe.point_index[f"{side}_{name}"], 2] for name in ("shoulder", "elbow", "wrist")]
        assert height[0] > height[1] > height[2]


def test_a_pose_at_rest_leaves_every_vertex_in_its_place(doll):
    wardrobe = Wardrobe(load_assets(doll))
    character = dress(wardrobe, np.random.default_rng(2))
    rest = np.tile(np.eye(3), (S, 1, 1))
    pose = Pose(local_rotations(rest, wardrobe.assets.neutral), FEET, np.zeros(2))
    transforms = bone_transforms(wardrobe.skeleton, wardrobe.assets.neutral, character.heads, pose)
    moved = np.empty_like(character.vertices)
    skin(character.vertices, character.bone_indices, character.bone_weights, transforms, moved)
    assert np.abs(moved - character.vertices).max() < 1e-5  # m, float32 rounding


def test_validation_uses_other_bodies_and_motion(doll):
    training, kept = load_assets(doll), load_assets(doll, held_out=True)
    assert not set(training.bodies) & set(kept.bodies) and not set(training.clips) & set(kept.clips)
    assert len(kept.bodies) and len(kept.clips)


def test_a_file_that_is_no_asset_file_is_refused(doll, tmp_path):
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    (tmp_path / "cut.npz").write_bytes(doll.read_bytes()[:5000])
    for path in (tmp_path / "other.npz", tmp_path / "cut.npz", tmp_path / "missing.npz"):
        with pytest.raises(ConfigError, match=path.name):
            load_assets(path)


def test_assets_of_other_versions_are_read_or_refused_by_what_they_lack(doll, tmp_path):
    with np.load(doll) as file:
        arrays = dict(file)
    np.savez(tmp_path / "more.npz", **arrays, **{"body/skirt_texture_triangles": np.zeros((1, 3), int)})
    assert len(load_assets(tmp_path / "more.npz").bodies) == len(load_assets(doll).bodies)
    for name in ("body/tights_triangles", "garment/male_top/offsets"):
        np.savez(tmp_path / "less.npz", **{key: value for key, value in arrays.items() if key != name})
        with pytest.raises(ConfigError, match=f"less.npz: .* lacks {name.split('/')[-1]}: bake it again"):
            load_assets(tmp_path / "less.npz")


def test_same_seed_same_bytes_and_restart_goes_on(doll, photographs, tmp_path, monkeypatch):
    monkeypatch.setattr("mocap_ros.cli.synth.IMAGES_PER_SHARD", 3)
    words = ["render", "--assets", str(doll), "--backgrounds", str(photographs), "--images", "6", "--seed", "11"]
    first, second = tmp_path / "first", tmp_path / "second"
    assert main([*words, "--out", str(first)]) == 0
    assert main([*words, "--out", str(second), "--sheet", str(tmp_path / "sheet.png")]) == 0
    for shard in range(2):
        for a, b in zip(shard_paths(first, shard), shard_paths(second, shard)):
            assert a.read_bytes() == b.read_bytes()
    assert cv2.imread(str(tmp_path / "sheet.png")) is not None
    before = [path.read_bytes() for path in shard_paths(first, 1)]
    shard_paths(first, 1)[1].unlink()
    assert len(SyntheticShards(first)) == 3
    assert main([*words, "--out", str(first)]) == 0
    assert [path.read_bytes() for path in shard_paths(first, 1)] == before


def test_another_seed_gives_another_picture(doll, photographs, pictures):
    other = next(iter(Factory(doll, photographs, seed=5).shard(0, 1)))
    assert other.image.shape == pictures[0].image.shape and (other.image != pictures[0].image).any()


def test_a_shard_read_back_holds_what_was_written(pictures, tmp_path):
    write_shard(tmp_path, 0, pictures[:5])
    write_shard(tmp_path, 1, pictures[5:])
    shards, with_owners = SyntheticShards(tmp_path), SyntheticShards(tmp_path, with_owners=True)
    assert len(shards) == len(pictures)
    for index, picture in enumerate(pictures):
        sample = shards[index]
        assert np.array_equal(sample.keypoints_px, picture.labels.keypoints_px)
        assert np.array_equal(sample.visibility, picture.labels.visibility)
        assert np.array_equal(sample.joints_camera, picture.labels.joints_camera)
        assert np.array_equal(sample.camera_matrix, picture.matrix)
        assert np.array_equal(shards.people(index)["heights"], picture.labels.heights)
        assert np.array_equal(sample.angles, picture.labels.angles) and sample.owners.size == 0
        assert np.array_equal(sample.root_rotations, picture.labels.root_rotations)
        assert np.array_equal(with_owners[index].owners, picture.labels.owners)  # PNG loses nothing
        assert with_owners[index].masks.sum() == (picture.labels.owners > 0).sum()
        jpeg = cv2.imencode(".jpg", picture.image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
        assert np.array_equal(sample.image, cv2.imdecode(jpeg, cv2.IMREAD_COLOR))
        assert np.abs(sample.image.astype(int) - picture.image).mean() < 16  # grey levels: the noisiest picture
    with pytest.raises(IndexError):
        shards[len(shards)]


def test_a_shard_from_before_masks_and_angles_is_read_without_them(pictures, tmp_path):
    write_shard(tmp_path, 0, pictures[:4])
    _, labels, owners = shard_paths(tmp_path, 0)
    with np.load(labels) as file:
        old = {name: file[name] for name in file.files if name not in ("owner_offsets", "angles", "root_rotations")}
    np.savez(labels, **old)
    owners.unlink()
    for index, sample in enumerate(SyntheticShards(tmp_path, with_owners=True)[i] for i in range(4)):
        assert np.array_equal(sample.keypoints_px, pictures[index].labels.keypoints_px)
        assert sample.owners.size == 0 and np.isnan(sample.angles).all() and np.isnan(sample.root_rotations).all()


def test_a_folder_without_shards_is_refused(tmp_path):
    with pytest.raises(ImageError, match="no finished shard"):
        SyntheticShards(tmp_path)


def test_a_clip_keeps_its_people_and_labels_every_frame(doll, tmp_path):
    out = tmp_path / "people.mp4"
    assert main(["clip", "--assets", str(doll), "--seconds", "0.4", "--people", "3", "--out", str(out)]) == 0
    content = json.loads(out.with_suffix(".json").read_text())
    joints = np.array(content["joints_camera_mm"]) / 1000
    assert joints.shape == (10, 3, J, 3) and tuple(content["joint_names"]) == JOINTS
    speed = np.linalg.norm(np.diff(joints, axis=0), axis=-1) * content["rate"]
    assert speed.max() < 8  # m/s: nobody jumps between frames
    shoulder, hip = JOINTS.index("r_shoulder"), JOINTS.index("r_hip")
    trunk = np.linalg.norm(joints[:, :, shoulder] - joints[:, :, hip], axis=-1)
    assert np.ptp(trunk, axis=0).max() < 0.15  # m: a body keeps its size
    masks = out.with_suffix(".owners.bin").read_bytes()
    assert content["owner_offsets"][-1] == len(masks) and len(content["owner_offsets"]) == 11
    assert np.array(content["angles_mrad"]).shape == (10, 3, len(ANGLES))
    video = cv2.VideoCapture(str(out))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 10 and video.get(cv2.CAP_PROP_FRAME_WIDTH) == content["width"]


def test_unusable_settings_are_one_line_and_status_two(doll, tmp_path, capsys):
    assert main(["render", "--assets", str(doll), "--out", str(tmp_path), "--images", "0"]) == 2
    assert main(["clip", "--assets", str(tmp_path / "no.npz"), "--out", str(tmp_path / "a.mp4")]) == 2
    assert "no.npz" in capsys.readouterr().err
    assert main(["clip", "--assets", str(doll), "--out", str(tmp_path / "a.mp4"), "--readout", "41"]) == 2
    assert "--readout 41: wanted 0 to 40 ms" in capsys.readouterr().err
    names = tmp_path / "names.txt"
    words = ["render", "--assets", str(doll), "--images", "1", "--leave-out", str(names)]
    assert main([*words, "--out", str(tmp_path / "a")]) == 2
    assert "names.txt" in capsys.readouterr().err
    (tmp_path / "file").touch()
    assert main([*words[:5], "--out", str(tmp_path / "file")]) == 2
    assert "file" in capsys.readouterr().err


def test_a_missing_module_is_named_with_the_extra(doll, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "mocap_ros.synthesis.factory", None)
    assert main(["render", "--assets", str(doll), "--images", "1", "--out", str(tmp_path)]) == 2
    assert "[train]" in capsys.readouterr().err


def test_every_keypoint_and_joint_has_a_label_point(doll):
    wardrobe = Wardrobe(load_assets(doll))
    assert set(KEYPOINTS) | set(JOINTS) <= set(wardrobe.point_index)
