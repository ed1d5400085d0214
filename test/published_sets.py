"""Tiny data sets written in exactly the files of the published ones, and the people that are in them."""

import json
import pickle
from typing import NamedTuple

import cv2
import numpy as np
import scipy.io

from training_scenes import CAMERA, people_sample

from mocap_ros.datatypes.skeleton import (
    COCO_17, HUMAN36M_32, JOINTS, KEYPOINTS, LSP_14, MPI_INF_3DHP_28, MPII_16, PANOPTIC_19, SMPL_24,
)

WIDTH, HEIGHT = 256, 192
RELEVANT_17 = JOINTS[:17]
ALONE = [(0.1, 0.1, 4.0)]
TWO = [(-0.8, 0.1, 4.0), (0.9, 0.15, 4.6)]


class Truth(NamedTuple):
    """What a set holds: a Sample per frame, by which reading is judged."""

    root: object
    samples: list


def scenes(roots, frames):
    """A Sample per frame; the people move by 0.3 m from frame to frame."""
    return [people_sample(np.add(roots, [0.3 * (n % 3) - 0.3, 0, 0.3 * n]), WIDTH, HEIGHT, np.random.default_rng(n))
            for n in range(frames)]


def points_of(sample, names):
    """Pixels (P, N, 2) and camera points [m] (P, N, 3) by name; what we do not know lies at the pelvis."""
    places = np.empty((len(sample), len(names), 3))
    for number, name in enumerate(names):
        if name in JOINTS:
            places[:, number] = sample.joints_camera[:, JOINTS.index(name)]
        elif name in KEYPOINTS:  # the face, at the head's depth
            pixels = np.c_[sample.keypoints_px[:, KEYPOINTS.index(name)], np.ones(len(sample))]
            depth = sample.joints_camera[:, JOINTS.index("head"), 2:]
            places[:, number] = pixels @ np.linalg.inv(CAMERA).T * depth
        else:
            places[:, number] = sample.joints_camera[:, JOINTS.index("pelvis")]
    pixels = places @ CAMERA.T
    return pixels[..., :2] / pixels[..., 2:], places


def write_image(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image)


def write_video(path, images, codec):
    path.parent.mkdir(parents=True, exist_ok=True)
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), 25, images[0].shape[1::-1])
    assert video.isOpened()
    for image in images:
        video.write(image)
    video.release()


def cells(values, shape):
    """MATLAB's cell array."""
    box = np.empty(len(values), object)
    box[:] = values
    return box.reshape(shape)


def grey(level):
    """A plain picture, which survives a video codec."""
    return np.full((HEIGHT, WIDTH, 3), level, np.uint8)


def mpi_inf_3dhp_test(root, sequences=("TS1", "TS5"), frames=3):
    """TSn/annot_data.mat as HDF5 in MATLAB's reversed axes; pixels from the image's corner; the last frame invalid."""
    import h5py

    samples = scenes(ALONE, frames)
    pairs = [points_of(each, RELEVANT_17) for each in samples]
    for name in sequences:
        folder = root / "mpi_inf_3dhp_test_set" / name
        for number, each in enumerate(samples):
            write_image(folder / "imageSequence" / f"img_{number + 1:06d}.jpg", each.image)
        with h5py.File(folder / "annot_data.mat", "w", userblock_size=512) as file:
            file["annot2"] = np.stack([pixels for pixels, _ in pairs]) + 0.5  # (frames, 1, 17, 2)
            file["annot3"] = np.stack([points for _, points in pairs]) * 1000
            file["univ_annot3"] = np.stack([points for _, points in pairs]) * 900
            file["valid_frame"] = np.array([[1.0]] * (frames - 1) + [[0.0]])
            file["activity_annotation"] = np.arange(1.0, frames + 1)[:, None]
    return Truth(root, samples)


def mpi_inf_3dhp(root, people=2, cameras=(0, 4), frames=4, extracted=False):
    """S1/Seq1, S2/Seq1 ... with annot.mat, camera.calibration, videos and masks of two cameras.

    The person of subject n is a box of brightness 60 n on green; its mask is exact. A chair covers the left foot of S1.
    """
    samples = []
    for subject in range(1, people + 1):
        folder = root / f"S{subject}" / "Seq1"
        mine = scenes([(0.25 * (subject - 1), 0.1, 3.0 + subject)], frames)
        samples.append(mine)
        pairs = [points_of(each, MPI_INF_3DHP_28) for each in mine]
        flat = {
            "annot2": np.stack([pixels[0].ravel() + 0.5 for pixels, _ in pairs]),
            "annot3": np.stack([points[0].ravel() * 1000 for _, points in pairs]),
        }
        flat["univ_annot3"] = flat["annot3"] * 0.9
        folder.mkdir(parents=True, exist_ok=True)
        scipy.io.savemat(folder / "annot.mat", {
            **{name: cells([value] * 14, (14, 1)) for name, value in flat.items()},
            "cameras": np.arange(14)[None], "frames": np.arange(frames)[:, None],
        })
        matrix = np.eye(4)
        matrix[:3, :3] = CAMERA
        matrix[:2, 2] += 0.5
        lines = ["Skeletool Camera Calibration File V1.0"]
        for camera in range(14):
            lines += [f"name          {camera}", "  sensor      10 10", f"  size        {WIDTH} {HEIGHT}",
                      "  animated    0", "  intrinsic   " + " ".join(f"{v:.9g}" for v in matrix.ravel()) + " ",
                      "  extrinsic   " + " ".join(f"{v:g}" for v in np.eye(4).ravel()) + " ", "  radial      0"]
        (folder / "camera.calibration").write_text("\n".join(lines) + "\n")
        pictures, screens, chairs = zip(*(studio(each, subject) for each in mine))
        for camera in cameras:
            for name, images in (("imageSequence", pictures), ("FGmasks", screens), ("ChairMasks", chairs)):
                if extracted:
                    for number, image in enumerate(images):
                        write_image(folder / name / f"img_{camera}_{number + 1:06d}.jpg", image)
                else:
                    write_video(folder / name / f"video_{camera}.avi", images, "MJPG")
    return Truth(root, samples)


def studio(sample, subject):
    """The picture, the screen mask and the chair mask of one person as BGR."""
    low, high = sample.keypoints_px[0].min(0).astype(int) - 3, sample.keypoints_px[0].max(0).astype(int) + 4
    box = np.s_[max(low[1], 0):high[1], max(low[0], 0):high[0]]
    picture, screen, chair = grey(0), grey(0), grey(255)
    picture[:] = (40, 200, 40)
    picture[box] = 60 * subject
    screen[..., :2] = 255  # no good clothing masks: blue and green say nothing
    screen[box] = 255
    if subject == 1:
        x, y = sample.keypoints_px[0, KEYPOINTS.index("l_ankle")].astype(int)
        part = np.s_[max(y - 8, 0):y + 9, max(x - 8, 0):x + 9]
        picture[part], chair[part] = (0, 0, 200), 0
    return picture, screen, chair


def mupots(root, frames=3):
    """TS1/annot.mat and occlusion.mat; the second person's wrists are hidden, and it is gone from the last frame."""
    samples = scenes(TWO, frames)
    folder = root / "MultiPersonTestSet" / "TS1"
    annotations, hidden = np.empty((frames, 2), object), np.empty((frames, 2), object)
    for number, each in enumerate(samples):
        write_image(folder / f"img_{number:06d}.jpg", each.image)
        pixels, points = points_of(each, RELEVANT_17)
        for person in range(2):
            there = not (person == 1 and number == frames - 1)
            annotations[number, person] = {
                "annot2": pixels[person].T + 0.5, "annot3": points[person].T * 1000,
                "univ_annot3": points[person].T * 900, "isValidFrame": np.array([[int(there)]]),
            }
            hidden[number, person] = np.array([[int(person == 1 and "wrist" in name) for name in RELEVANT_17]])
    scipy.io.savemat(folder / "annot.mat", {"annotations": annotations})
    scipy.io.savemat(folder / "occlusion.mat", {"occlusion_labels": hidden})
    return Truth(root, samples)


def human36m(root, subjects=("S1", "S9"), frames=3):
    """Sn/MyPoseFeatures/.../Directions 1.54138969.cdf and the video; MATLAB pixels, millimetres."""
    from cdflib.cdfwrite import CDF

    samples = scenes(ALONE, frames)
    pairs = [points_of(each, HUMAN36M_32) for each in samples]
    for subject in subjects:
        name = "Directions 1.54138969"
        write_video(root / subject / "Videos" / f"{name}.mp4", [grey(60 * n + 30) for n in range(frames)], "mp4v")
        poses = {
            "D2_Positions": np.stack([pixels[0] for pixels, _ in pairs]) + 1,
            "D3_Positions_mono": np.stack([points[0] for _, points in pairs]) * 1000,
            "D3_Positions_mono_universal": np.stack([points[0] for _, points in pairs]) * 900,
        }
        for kind, values in poses.items():
            folder = root / subject / "MyPoseFeatures" / kind
            folder.mkdir(parents=True, exist_ok=True)
            flat = values.reshape(1, frames, -1).astype(np.float32)
            file = CDF(folder / "pose.cdf", cdf_spec={"Compressed": 0})
            file.write_var({"Variable": "Pose", "Data_Type": 44, "Num_Elements": 1, "Rec_Vary": True,
                            "Var_Type": "zVariable", "Dim_Sizes": list(flat.shape[1:])}, var_data=flat)
            file.close()
            (folder / "pose.cdf").rename(folder / f"{name}.cdf")
    return Truth(root, samples)


def panoptic(root, frames=2, extracted=False):
    """160422_tiny: calibration, joints19 in centimetres of a turned world, one HD camera; the second has no face."""
    samples = scenes(TWO, frames)
    folder = root / "160422_tiny"
    (folder / "hdPose3d_stage1_coco19").mkdir(parents=True)
    turn = cv2.Rodrigues(np.array([0.3, -0.5, 0.2]))[0]
    shift = np.array([20.0, -30.0, 250.0])  # cm
    camera = {"name": "00_16", "type": "hd", "resolution": [WIDTH, HEIGHT], "panel": 0, "node": 16,
              "K": CAMERA.tolist(), "distCoef": [0.0, 0.0, 0.0, 0.0, 0.0],
              "R": turn.tolist(), "t": shift[:, None].tolist()}
    vga = {**camera, "name": "01_01", "type": "vga"}
    calibration = {"calibDataSource": "tiny", "cameras": [vga, camera]}
    (folder / "calibration_160422_tiny.json").write_text(json.dumps(calibration))
    pictures = [grey(80 * n + 40) for n in range(frames)]
    for number, each in enumerate(samples):
        _, points = points_of(each, PANOPTIC_19)
        world = (points * 100 - shift) @ turn
        confidence = np.full(world.shape[:2] + (1,), 0.7)
        confidence[1, -4:] = -1
        table = np.concatenate([world, confidence], -1)
        bodies = [{"id": 7 + n, "joints19": table[n].ravel().tolist()} for n in range(2)]
        path = folder / "hdPose3d_stage1_coco19" / f"body3DScene_{number:08d}.json"
        path.write_text(json.dumps({"version": 0.7, "univTime": 100.0 * number, "fpsType": "hd_29_97",
                                    "bodies": bodies}))
        if extracted:
            write_image(folder / "hdImgs" / "00_16" / f"00_16_{number:08d}.jpg", pictures[number])
    if not extracted:
        write_video(folder / "hdVideos" / "hd_00_16.mp4", pictures, "mp4v")
    return Truth(root, samples)


def threedpw(root, splits=("train", "test"), frames=2):
    """sequenceFiles/SPLIT/tiny_SPLIT.pkl as Python 2 pickled them; the second actor's camera pose is bad at first."""
    samples = scenes(TWO, frames)
    turn = cv2.Rodrigues(np.array([0.1, 0.7, -0.2]))[0]
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = turn, [0.4, -0.2, 1.0]
    world = np.stack([(points_of(each, SMPL_24)[1] - pose[:3, 3]) @ turn for each in samples], 1)  # (P, F, 24, 3)
    content = {
        "sequence": "tiny", "jointPositions": [each.reshape(frames, 72) for each in world], "cam_intrinsics": CAMERA,
        "cam_poses": np.repeat(pose[None], frames, 0), "genders": ["m", "f"], "img_frame_ids": np.arange(frames),
        "campose_valid": [np.ones(frames, int), np.array([0] + [1] * (frames - 1))],
        "betas": [np.zeros(10)] * 2, "poses": [np.zeros((frames, 72))] * 2,
    }
    for split in splits:
        folder = root / "sequenceFiles" / split
        folder.mkdir(parents=True)
        (folder / f"tiny_{split}.pkl").write_bytes(pickle.dumps(content, protocol=2))
        for number, each in enumerate(samples):
            write_image(root / "imageFiles" / f"tiny_{split}" / f"image_{number:05d}.jpg", each.image)
    return Truth(root, samples)


def mpii(root, images=9):
    """RELEASE with two people an image, one of them without points on the second; the head's points lack is_visible."""
    samples = scenes(TWO, images)
    entries = []
    for number, each in enumerate(samples):
        write_image(root / "images" / f"{number:09d}.jpg", each.image)
        pixels, _ = points_of(each, MPII_16)
        people = []
        for person in range(2):
            points = []
            for joint, (x, y) in enumerate(pixels[person]):
                flag = np.zeros((0, 0)) if "head" in MPII_16[joint] else "0" if "wrist" in MPII_16[joint] else "1"
                points.append({"x": x + 1, "y": y + 1, "id": float(joint), "is_visible": flag})
            rect = {"x1": 10.0, "y1": 20.0, "x2": 40.0, "y2": 60.0, "scale": 1.0, "objpos": {"x": 5.0, "y": 5.0}}
            rect["annopoints"] = {"point": points} if not (person == 1 and number == 1) else np.zeros((0, 0))
            people.append(rect)
        entries.append({"image": {"name": f"{number:09d}.jpg"}, "annorect": people, "vididx": 1.0, "frame_sec": 1.0})
    entries.append({"image": {"name": "test.jpg"}, "annorect": [{"scale": 1.0, "objpos": {"x": 1.0, "y": 1.0}}],
                    "vididx": 1.0, "frame_sec": 1.0})
    training = np.array([[1] * images + [0]], np.uint8)
    scipy.io.savemat(root / "mpii_human_pose_v1_u12_1.mat", {"RELEASE": {
        "annolist": struct_array(entries), "img_train": training, "version": "12"}})
    return Truth(root, samples)


def struct_array(rows):
    """MATLAB's 1 x N struct of dicts of the same fields, nested lists likewise."""
    array = np.empty((1, len(rows)), [(name, object) for name in rows[0]])
    for number, row in enumerate(rows):
        for name, value in row.items():
            if isinstance(value, list):
                value = struct_array(value)
            elif isinstance(value, dict):
                value = {key: struct_array(each) if isinstance(each, list) else each for key, each in value.items()}
            array[name][0, number] = value
    return array


def lsp(root, images=4, extended=False):
    """joints.mat and images; the ankles are hidden (LSP: third number 1) or not labelled (extended: 0)."""
    samples = scenes(ALONE, images)
    joints = np.zeros((images, 14, 3))
    for number, each in enumerate(samples):
        write_image(root / "images" / f"im{number + 1:0{5 if extended else 4}d}.jpg", each.image)
        joints[number, :, :2] = points_of(each, LSP_14)[0][0] + 1
        joints[number, :, 2] = [("ankle" in name) != extended for name in LSP_14]
    order = (1, 2, 0) if extended else (2, 1, 0)
    scipy.io.savemat(root / "joints.mat", {"joints": joints.transpose(order)})
    return Truth(root, samples)


def coco(root, splits=("train2017", "val2017"), images=2):
    """person_keypoints_SPLIT.json of two people and a crowd; the first's left wrist is hidden, the nose unlabelled."""
    samples = scenes(TWO, images)
    for split in splits:
        content = {"images": [], "annotations": [], "categories": [{"id": 1, "name": "person"}]}
        for number, each in enumerate(samples):
            name = f"{number + 1:012d}.jpg"
            write_image(root / split / name, each.image)
            content["images"].append({"id": number + 1, "file_name": name, "width": WIDTH, "height": HEIGHT})
            for person, points in enumerate(points_of(each, COCO_17)[0]):
                table = np.c_[points + 0.5, np.full(17, 2)]
                if person == 0:
                    table[COCO_17.index("l_wrist"), 2] = 1
                    table[COCO_17.index("nose")] = 0
                low, size = points.min(0), np.ptp(points, 0)
                content["annotations"].append({
                    "id": 10 * number + person + 1, "image_id": number + 1, "category_id": 1, "iscrowd": 0,
                    "keypoints": table.ravel().tolist(), "num_keypoints": int((table[:, 2] > 0).sum()),
                    "bbox": [*low.tolist(), *size.tolist()], "area": float(size.prod()) / 2})
            content["annotations"].append({
                "id": 10 * number + 9, "image_id": number + 1, "category_id": 1, "iscrowd": 1, "keypoints": [0] * 51,
                "num_keypoints": 0, "bbox": [0, 0, 30, 20], "area": 600})
        (root / "annotations").mkdir(exist_ok=True)
        (root / "annotations" / f"person_keypoints_{split}.json").write_text(json.dumps(content))
    return Truth(root, samples)
