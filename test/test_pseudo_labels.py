"""Labels come from what most looks at a photograph agree on, and nothing is said about the rest of it."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch")

from mocap_ros.cli.main import main  # noqa: E402
from mocap_ros.datasets.clips import ClipFrames  # noqa: E402
from mocap_ros.datasets.coco import CocoPeople  # noqa: E402
from mocap_ros.datasets.sample import HIDDEN_BY_OBJECT, OUTSIDE, SEEN  # noqa: E402
from mocap_ros.datatypes.detections import Detections, nobody  # noqa: E402
from mocap_ros.datatypes.skeleton import COCO_17, J, K, KEYPOINT_MIRROR, KEYPOINTS  # noqa: E402
from mocap_ros.training.pseudo_labels import agreed_people, annotations_of, looks_at, RESOLUTIONS  # noqa: E402

ROWS, COLUMNS = 300, 400
WRIST, EAR = KEYPOINTS.index("l_wrist"), KEYPOINTS.index("l_ear")
IN_COCO = np.isin(KEYPOINTS, COCO_17)


def person(x, y=40.0, height=200.0, seed=1):
    return np.array([x, y]) + np.random.default_rng(seed).uniform(0, 1, (K, 2)) * [height / 2, height]


def finding(*people, unseen=()):
    points = np.array(people, float).reshape(-1, K, 2)
    points[:, list(unseen)] = np.nan
    confidence = np.where(np.isfinite(points).all(-1), 0.7, 0)
    return Detections(points, confidence, np.full(len(points), 0.7), np.zeros((len(points), K, J, 3)))


def looks(number, *people, **details):
    """Of all looks, the first `number` find `people`."""
    return [finding(*people, **details) if n < number else nobody(True) for n in range(2 * len(RESOLUTIONS))]


def test_whom_half_of_the_looks_find_is_labelled_and_others_are_doubtful():
    found = agreed_people(looks(4, person(50)), (COLUMNS, ROWS))
    assert len(found.points) == 1 and found.agreed.all() and not len(found.doubtful)
    found = agreed_people(looks(3, person(50)), (COLUMNS, ROWS))
    assert not len(found.points) and len(found.doubtful) == 1
    assert annotations_of(1, found, ROWS, COLUMNS) == []


def test_a_keypoint_that_moves_from_look_to_look_is_not_agreed_on():
    generator, findings = np.random.default_rng(3), []
    for _ in range(2 * len(RESOLUTIONS)):
        moved = person(50)
        moved[WRIST] += generator.uniform(-60, 60, 2)
        findings.append(finding(moved, unseen=(EAR,)))
    found = agreed_people(findings, (COLUMNS, ROWS))
    others = np.delete(np.arange(K), [WRIST, EAR])
    assert found.agreed[0, others].all() and not found.agreed[0, WRIST] and not found.agreed[0, EAR]
    assert np.isfinite(found.points[0, WRIST]).all() and np.isnan(found.points[0, EAR]).all()


def test_mirrored_looks_agree_with_plain_ones_left_and_right_included():
    truth = person(120)
    mirrored = truth[KEYPOINT_MIRROR] * [-1, 1] + [COLUMNS - 1, 0]
    image = np.zeros((ROWS, COLUMNS, 3), np.uint8)
    image[:, :10] = 255  # tells the plain image from the mirrored one
    found = agreed_people(looks_at(image, [lambda each: finding(truth if each[0, 0, 0] else mirrored)] * 4),
                          (COLUMNS, ROWS))
    assert len(found.points) == 1 and found.agreed.all()
    assert np.abs(found.points[0] - truth).max() < 1e-3


def test_the_reader_gives_back_the_labels_and_ignores_all_that_is_not_known(tmp_path):
    known, few = person(30), person(260, seed=2)
    findings = [finding(known, few) if n < 3 else finding(known, unseen=(EAR,)) for n in range(8)]
    people = agreed_people(findings, (COLUMNS, ROWS))
    assert len(people.points) == 1 and len(people.doubtful) == 1
    entries = annotations_of(7, people, ROWS, COLUMNS)
    (tmp_path / "labels.json").write_text(json.dumps(
        {"images": [{"id": 7, "file_name": "7.png", "width": COLUMNS, "height": ROWS}],
         "annotations": [{**each, "id": n} for n, each in enumerate(entries, 1)], "categories": []}))
    cv2.imwrite(str(tmp_path / "7.png"), np.zeros((ROWS, COLUMNS, 3), np.uint8))
    sample = CocoPeople(tmp_path, tmp_path / "labels.json")[0]
    assert len(sample) == 1
    assert np.abs(sample.keypoints_px[0] - known)[IN_COCO].max() < 0.01  # px; written with two places
    assert sample.visibility[0, EAR] == HIDDEN_BY_OBJECT  # three of eight looks: neither asked for nor forbidden
    assert (np.delete(sample.visibility[0], EAR)[np.delete(IN_COCO, EAR)] == SEEN).all()
    rows, columns = np.rint(known[:, 1]).astype(int), np.rint(known[:, 0]).astype(int)
    surely = IN_COCO & (np.arange(K) != EAR)
    assert not sample.ignore[rows[surely], columns[surely]].any()
    apart = np.rint(few).astype(int)
    assert sample.ignore[apart[:, 1], apart[:, 0]].all() and sample.ignore[-1, -1] and sample.ignore[0, 0]
    assert 0.05 < 1 - sample.ignore.mean() < 0.4


def test_the_command_labels_a_folder_and_training_reads_it(tmp_path, capsys):
    clip = ClipFrames(Path(__file__).resolve().parents[1] / "demo" / "people.mp4")
    folder = tmp_path / "photographs"
    folder.mkdir()
    frame = clip[len(clip) // 2]
    cv2.imwrite(str(folder / "a.png"), frame.read_image())
    cv2.imwrite(str(folder / "empty.png"), np.full((120, 160, 3), 90, np.uint8))
    (folder / "broken.jpg").write_bytes(b"no picture")
    out = tmp_path / "labels.json"
    assert main(["train", "pseudo-label", str(folder), "--out", str(out)]) == 2
    said = capsys.readouterr()
    assert "broken.jpg" in said.err and "on 1 of 3 photographs" in said.out
    sample = CocoPeople(folder, out)[0]
    assert len(sample) >= 1
    errors = np.linalg.norm(sample.keypoints_px[:, None] - frame.keypoints_px, axis=-1)  # (P, truth, K)
    errors = np.where((sample.visibility == SEEN)[:, None] & (frame.keypoint_visibility > OUTSIDE), errors, np.nan)
    assert (np.nanmin(np.nanmedian(errors, -1), 1) < 8).all()  # px of 1280 x 720: everybody labelled is somebody


@pytest.mark.parametrize("words, meaning", [
    (["nowhere"], "nowhere: not a folder"), ([".", "--out", "no/where.json"], "its folder does not exist")])
def test_what_cannot_be_labelled_is_said_in_one_line(words, meaning, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    out = [] if "--out" in words else ["--out", "labels.json"]
    assert main(["train", "pseudo-label", *words, *out]) == 2
    assert meaning in capsys.readouterr().err
