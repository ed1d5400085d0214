"""Every data set's table with one command: sets in their published format, predictions made of their labels."""

import json

import numpy as np
import pytest

pytest.importorskip("h5py")
pytest.importorskip("pycocotools")

import published_sets  # noqa: E402

from mocap_ros.cli.main import main  # noqa: E402
from mocap_ros.datasets.mpi_inf_3dhp import ACTIVITIES as ACTIVITIES_OF_FILES  # noqa: E402
from mocap_ros.datatypes.skeleton import J, JOINTS, K, KEYPOINTS  # noqa: E402
from mocap_ros.evaluation.data_sets import open_sequences  # noqa: E402
from mocap_ros.evaluation.predictions import file_name, PredictedPeople, write_predictions  # noqa: E402
from mocap_ros.evaluation.thesis_figures import ACTIVITIES, HUMAN36M_ACTIVITIES  # noqa: E402

WRITERS = {"mpi_inf_3dhp": published_sets.mpi_inf_3dhp_test, "mupots": published_sets.mupots,
           "human36m": published_sets.human36m, "panoptic": published_sets.panoptic,
           "threedpw": published_sets.threedpw, "coco": published_sets.coco, "mpii": published_sets.mpii,
           "lsp": published_sets.lsp}
IN_2D = ("coco", "mpii", "lsp")
PELVIS = JOINTS.index("pelvis")


def say_the_labels(sequences, folder):
    """Writes predictions that are the labels."""
    for sequence in sequences:
        people = []
        for index in range(len(sequence.frames)):
            frame = sequence.frames[index]
            labelled = np.isfinite(frame.keypoints_px).any((1, 2))  # COCO has people without keypoints
            count, points = labelled.sum(), frame.keypoints_px[labelled]
            known = np.isfinite(points).all(-1)
            roots = frame.joints_camera[labelled, PELVIS]
            joints = frame.joints_camera[labelled] - roots[:, None]
            people.append(PredictedPeople(index, points, known.astype(float).reshape(count, K),
                                          np.ones(count), joints.reshape(count, J, 3), roots))
        write_predictions(folder / file_name(sequence.name), sequence.name, people)


@pytest.mark.parametrize("name", WRITERS)
def test_the_labels_score_full_on(name, tmp_path, capsys):
    root = tmp_path / "set"
    root.mkdir()
    WRITERS[name](root)
    say_the_labels(open_sequences(name, root), tmp_path / "predictions")
    assert main(["evaluate", "--dataset", name, "--root", str(root), "--out", str(tmp_path / "out"), "--predictions",
                 str(tmp_path / "predictions"), "--processes", "1", "--no-plots"]) == 0
    scores = json.loads((tmp_path / "out" / "scores.json").read_text())["systems"]["predictions"]
    assert scores["people"] > 0 and scores["detection_rate"] == 100 and scores["keypoints"]["placed"] == 100
    if name == "coco":
        assert scores["coco"]["ap"] == pytest.approx(1) and scores["keypoints"]["false_people_per_image"] == 0
    assert ("pose" in scores) == (name not in IN_2D)
    if name in ("mpii", "lsp"):
        assert scores["keypoints"]["pck"] == 100
    if name not in IN_2D:
        assert scores["pose"]["pck"] == 100 and scores["pose"]["mpjpe_mm"] < 2  # mm; files keep whole millimetres
    page = capsys.readouterr().out
    assert ("thesis" in page) == (name not in ("panoptic", "threedpw"))  # of which the thesis has no figures


def test_the_occlusion_experiment_stands_beside_table_c3(tmp_path, capsys):
    root = tmp_path / "set"
    root.mkdir()
    published_sets.mpi_inf_3dhp_test(root)
    say_the_labels(open_sequences("mpi_inf_3dhp", root), tmp_path / "predictions")
    assert main(["evaluate", "--dataset", "mpi_inf_3dhp", "--root", str(root), "--out", str(tmp_path / "out"),
                 "--predictions", str(tmp_path / "predictions"), "--processes", "1", "--occluders"]) == 0
    page = capsys.readouterr().out
    table = page[page.index("## Synthetic occlusion"):]
    row = next(line for line in table.splitlines() if line.startswith("| TS1 |"))
    assert [cell.strip() for cell in row.split("|")[2:6]] == ["100.0", "78.7", "80.9", "80.1"]  # ours, then the thesis
    assert "% of the joints occluded" in table and (tmp_path / "out" / "occlusion.png").exists()


def test_activities_are_named_as_in_the_thesis():
    assert ACTIVITIES_OF_FILES == ACTIVITIES
    assert len(HUMAN36M_ACTIVITIES) == 15 and "nose" in KEYPOINTS


def test_a_missing_package_is_named_before_the_work_begins(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("mocap_ros.cli.evaluate.find_spec", lambda name: None)
    assert main(["evaluate", "--dataset", "coco", "--root", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "needs pycocotools, matplotlib (pip install 'mocap_ros[evaluation,cluster]')" in capsys.readouterr().err


def test_a_set_that_is_not_there_is_one_line(tmp_path, capsys):
    assert main(["evaluate", "--dataset", "mupots", "--root", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "MuPoTS" in error and not (tmp_path / "out").exists()
