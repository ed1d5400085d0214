"""An evaluation as a whole: files, resuming, processes, machines, comparison, pages and plots."""

from dataclasses import replace
import json
import shutil

import numpy as np
import pytest

pytest.importorskip("onnx")

from evaluation_scenes import labelled_sequence, LIVELY, perfect  # noqa: E402
from standing_model import ALONE, write_standing_model  # noqa: E402

from mocap_ros.cli import evaluate as command  # noqa: E402
from mocap_ros.cli.main import main  # noqa: E402
from mocap_ros.datasets.sample import HIDDEN_BY_OBJECT, SEEN  # noqa: E402
from mocap_ros.datatypes.config import MocapConfig, with_settings  # noqa: E402
from mocap_ros.datatypes.errors import ConfigError, DeviceError  # noqa: E402
from mocap_ros.datatypes.skeleton import EVALUATION_JOINTS, J, JOINTS, K, KEYPOINTS  # noqa: E402
from mocap_ros.evaluation import estimation  # noqa: E402
from mocap_ros.evaluation.coco_scores import coco_annotations, coco_results, coco_scores, ranks  # noqa: E402
from mocap_ros.evaluation.data_sets import open_sequences, SomeFrames  # noqa: E402
from mocap_ros.evaluation.evaluate import predict_all, score_predictions, settings_of_run  # noqa: E402
from mocap_ros.evaluation.occluders import occlude  # noqa: E402
from mocap_ros.evaluation.predictions import (  # noqa: E402
    file_name, nobody_predicted, PredictedPeople, read_predictions, write_predictions)
from mocap_ros.evaluation.protocols import protocol_of  # noqa: E402
from mocap_ros.evaluation.run_folder import PREDICTIONS, RunFolder  # noqa: E402
from mocap_ros.evaluation.spreading import spread  # noqa: E402
from mocap_ros.evaluation.thesis_figures import FIGURES, MUPOTS_SEQUENCES, references_of  # noqa: E402
from mocap_ros.nets import runtime  # noqa: E402

ROOTS = [[0.25, 0.1, 3.4]]  # m
SEQUENCES = [labelled_sequence(3, roots=ROOTS, name=name) for name in ("TS1", "TS2", "TS3")]


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    folder = tmp_path_factory.mktemp("standing")
    write_standing_model(folder, ROOTS, LIVELY)
    return with_settings(MocapConfig(), {"estimator.weights": str(folder), "estimator.threads": 1,
                                         "tracking.frames_to_confirm": 1, **ALONE})


def run_folder(path, config, stage=2):
    return RunFolder(path, settings_of_run("mupots", SEQUENCES, stage, config, {}))


def texts(path):
    return {each.name: each.read_bytes() for each in sorted((path / PREDICTIONS).iterdir())}


def same(a, b):
    """Whether two PredictedPeople agree to what a file keeps."""
    tolerances = {"keypoints_px": 1e-3, "confidence": 1e-6, "joints": 1e-5, "roots": 1e-5}  # px, 1, m, m
    for name, tolerance in tolerances.items():
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), atol=tolerance)
    return a.ids == b.ids and a.frame == b.frame


def test_a_written_prediction_is_read_back(tmp_path):
    sequence = SEQUENCES[0]
    hidden = perfect(sequence, 1)
    unknown = replace(hidden, confidence=np.zeros((1, K)), keypoints_px=np.full((1, K, 2), np.nan),
                      roots=np.full((1, 3), np.nan))
    written = [perfect(sequence, 0), unknown, nobody_predicted(2)]
    write_predictions(tmp_path / "TS1.jsonl", "TS1", written)
    name, joints, found = read_predictions(tmp_path / "TS1.jsonl")
    assert name == "TS1" and joints == JOINTS and len(found[2]) == 0
    assert all(same(a, found[a.frame]) for a in written)


def test_a_system_names_its_own_joints(tmp_path):
    path = tmp_path / "TS1.jsonl"
    header = {"format": "mocap_ros predictions", "version": 1, "keypoints": ["l_wrist", "nose"], "joints": ["neck"]}
    person = {"keypoints": [[1, 2, 0.5], None], "joints": [[0.1, 0.2, 0.3]]}
    path.write_text(json.dumps(header) + "\n" + json.dumps({"frame": 4, "people": [person]}) + "\n")
    _, joints, found = read_predictions(path)
    people = found[4]
    assert joints == ("neck",) and people.ids == ("",) and people.scores[0] == 1 and np.isnan(people.roots).all()
    np.testing.assert_array_equal(people.keypoints_px[0, KEYPOINTS.index("l_wrist")], [1, 2])
    assert people.confidence.sum() == 0.5 and np.isnan(people.keypoints_px[0, KEYPOINTS.index("nose")]).all()
    np.testing.assert_allclose(people.joints[0, JOINTS.index("neck")], [0.1, 0.2, 0.3])


@pytest.mark.parametrize("line, message", [
    ('{"frame": 0}', "line 2: not a prediction \\(no 'people'\\)"),
    ('{"frame": 0, "people": [{"keypoints": [[1, 2, 1]]}]}', r"line 2: .*keypoints of shape \(1, 1, 3\): wanted"),
    ("{", "line 2: not a prediction"),
])
def test_a_bad_line_is_named(tmp_path, line, message):
    path = tmp_path / "TS1.jsonl"
    write_predictions(path, "TS1", [])
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(ConfigError, match=message):
        read_predictions(path)


def test_strange_joints_are_refused_with_the_list(tmp_path):
    path = tmp_path / "TS1.jsonl"
    path.write_text('{"format": "mocap_ros predictions", "version": 1, "joints": ["left_knee"]}\n')
    with pytest.raises(ConfigError, match="unknown names in joints: left_knee; allowed: head_top, neck"):
        read_predictions(path)


def square(number):
    return number * number


@pytest.mark.parametrize("settings, here, alone", [
    ({}, (), False), ({}, ("tensorrt",), True), ({}, ("torch",), True),
    ({"estimator.device": "cpu"}, ("tensorrt", "torch"), False),
    ({"estimator.device": "cuda"}, ("tensorrt",), False),  # refused later, by the engines
    ({"front_end.kind": "blazepose"}, ("torch",), False),
])
def test_one_process_works_where_a_gpu_runs_stage_one(monkeypatch, settings, here, alone):
    engines = ("tensorrt", "torch", "onnxruntime-cuda", "onnxruntime")
    missing = {name: "" if name in here or name == "onnxruntime" else "not here" for name in engines}
    monkeypatch.setattr(runtime, "why_missing", missing.get)
    monkeypatch.setattr(command, "core_count", lambda: 7)
    assert command._processes(with_settings(MocapConfig(), settings)) == (1 if alone else 7)


def test_processes_give_what_one_gives_bit_for_bit(tmp_path, config):
    """Predictions and scores; also in another order, and after an interruption."""
    one, many = tmp_path / "one", tmp_path / "many"
    predict_all(SEQUENCES, 2, config, run_folder(one, config))
    predict_all(SEQUENCES, 2, config, run_folder(many, config), processes=2)
    assert texts(one) == texts(many) and len(texts(one)) == 3
    alone = json.dumps(score_predictions(one, SEQUENCES, protocol_of("mupots")))
    assert alone == json.dumps(score_predictions(many, SEQUENCES, protocol_of("mupots"), processes=2))
    assert json.loads(alone)["pose"]["pck"] == 100


def test_tracking_does_not_depend_on_what_was_tracked_before(tmp_path, config):
    folders = tmp_path / "one", tmp_path / "two"
    for folder, sequences in zip(folders, (SEQUENCES, SEQUENCES[::-1])):
        predict_all(sequences, 3, config, run_folder(folder, config, stage=3))
    assert texts(folders[0]) == texts(folders[1])
    assert all(len(read_predictions(path)[2][0].ids[0]) == 5 for path in (folders[0] / PREDICTIONS).iterdir())


def test_a_dask_cluster_gives_the_same(tmp_path, config):
    distributed = pytest.importorskip("distributed")
    predict_all(SEQUENCES, 2, config, run_folder(tmp_path / "one", config))
    local = distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None)
    with local as cluster:
        predict_all(SEQUENCES, 2, config, run_folder(tmp_path / "many", config), cluster=cluster.scheduler_address)
    assert texts(tmp_path / "one") == texts(tmp_path / "many")


def test_a_cluster_that_is_not_there_is_named():
    pytest.importorskip("distributed")
    with pytest.raises(DeviceError, match="no Dask scheduler at nowhere://x"):
        list(spread(square, [1, 2], cluster="nowhere://x"))


def test_a_second_run_computes_only_what_is_missing(tmp_path, config, monkeypatch):
    predict_all(SEQUENCES, 2, config, run_folder(tmp_path, config))
    before = texts(tmp_path)
    (tmp_path / PREDICTIONS / file_name("TS2")).unlink()
    computed = []
    original = estimation.predict
    monkeypatch.setattr("mocap_ros.evaluation.evaluate.predict",
                        lambda piece: computed.append(piece.name) or original(piece))
    predict_all(SEQUENCES, 2, config, run_folder(tmp_path, config))
    assert computed == ["TS2_0000000-0000003"] and texts(tmp_path) == before
    assert not (tmp_path / "pieces").exists()


def test_other_settings_do_not_mix_with_old_predictions(tmp_path, config):
    run_folder(tmp_path, config)
    with pytest.raises(ConfigError, match="made with another configuration; choose another --out"):
        run_folder(tmp_path, with_settings(config, {"decoding.peak_threshold": 0.3}))
    with pytest.raises(ConfigError, match="made with another stage"):
        run_folder(tmp_path, config, stage=3)


def test_missing_predictions_are_named(tmp_path):
    with pytest.raises(ConfigError, match=r"no predictions of TS1, TS2, TS3; wanted TS1.jsonl"):
        score_predictions(tmp_path, SEQUENCES, protocol_of("mupots"))


def test_a_frame_beyond_the_sequence_is_named(tmp_path):
    for each in SEQUENCES:
        write_predictions(tmp_path / file_name(each.name), each.name, [nobody_predicted(7)])
    with pytest.raises(ConfigError, match="frame 7, but TS1 has frames 0 to 2"):
        score_predictions(tmp_path, SEQUENCES, protocol_of("mupots"))


def test_the_command_writes_everything_and_compares(tmp_path, config, monkeypatch, capsys):
    """Our system and a peer who misses everybody in one sequence, side by side with the thesis's figures."""
    monkeypatch.setattr(command, "open_sequences", lambda *arguments: SEQUENCES)
    peer = tmp_path / "peer"
    for number, each in enumerate(SEQUENCES):
        people = [perfect(each, n) for n in range(3)] if number else []
        write_predictions(peer / file_name(each.name), each.name, people)
    out = tmp_path / "out"
    arguments = ["evaluate", "--dataset", "mupots", "--root", "unused", "--out", str(out), "--stage", "3",
                 "--processes", "1", "--weights", config.estimator.weights, "--set", "tracking.frames_to_confirm=1",
                 "--set", "estimator.refined_people=0"]
    assert main(arguments + ["--compare", f"Peer={peer}"]) == 0
    page = (out / "report.md").read_text()
    assert "Peer" in page and "XNect* (thesis 6.7, 6.11)" in page and "| TS2 |" in page and "70.4" in page
    systems = json.loads((out / "scores.json").read_text())["systems"]
    ours, theirs = systems.values()
    assert ours["pose"]["pck"] == 100 and theirs["pose"]["pck"] == pytest.approx(100 * 2 / 3)
    assert ours["identity"]["switches"] == 0 and ours["identity"]["ids"] == 3  # one person in each of three videos
    assert ours["temporal"]["acceleration_error_root_relative"] < 0.5  # m/s^2; the person stands still
    for name in ("errors.png", "joints.png"):
        assert (out / name).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert not (out / "occlusion.png").exists()  # nobody is occluded here
    again = tmp_path / "again"
    assert main(["evaluate", "--dataset", "mupots", "--root", "unused", "--out", str(again), "--predictions",
                 str(out), "--processes", "1", "--no-plots"]) == 0
    assert json.loads((again / "scores.json").read_text())["systems"]["predictions"] == ours
    capsys.readouterr()
    assert main(arguments + ["--compare", "Peer"]) == 2 and "wanted NAME=DIR" in capsys.readouterr().err


def test_occluders_cover_the_wanted_share():
    sequence = occlude(labelled_sequence(150, scale=1), 0.14, seed=4)
    evaluated = [JOINTS.index(name) for name in EVALUATION_JOINTS]
    visibility = np.concatenate([frame.joint_visibility for frame in sequence.frames])[:, evaluated]
    share = (visibility == HIDDEN_BY_OBJECT).mean()
    assert 0.12 < share < 0.16 and set(np.unique(visibility)) == {HIDDEN_BY_OBJECT, SEEN}


def test_occluders_are_painted_over_what_they_hide_and_are_the_same_again():
    plain = labelled_sequence(5, scale=1)
    once, again = occlude(plain), occlude(plain)
    painted = 0
    for index in range(5):
        frame = once.frames[index]
        image, before = frame.read_image(), plain.frames[index].read_image()
        np.testing.assert_array_equal(image, again.frames[index].read_image())
        for person, keypoint in np.argwhere(frame.keypoint_visibility == HIDDEN_BY_OBJECT):
            x, y = frame.keypoints_px[person, keypoint].round().astype(int)
            painted += int((image[y, x] != before[y, x]).any())
        assert (image == before).any()
    hidden = sum(int((once.frames[n].keypoint_visibility == HIDDEN_BY_OBJECT).sum()) for n in range(5))
    assert painted == hidden > 5
    other = occlude(plain, seed=2).frames[0].keypoint_visibility
    assert (other != once.frames[0].keypoint_visibility).any()


def test_coco_scores_of_the_perfect_and_of_the_blind():
    frame = labelled_sequence(1).frames[0]
    truth = coco_annotations(1, frame.keypoints_px, frame.keypoint_visibility, frame.valid)
    perfect_results = coco_results(1, frame.keypoints_px, np.ones((2, K)), np.ones(2))
    perfect, blind = coco_scores(truth, perfect_results), coco_scores(truth, [])
    assert perfect[:8] == pytest.approx((1,) * 8) and blind[:8] == (0,) * 8
    assert np.isnan(perfect[8:] + blind[8:]).all()  # nobody is short
    half = coco_results(1, frame.keypoints_px[:1], np.ones((1, K)), np.ones(1))
    assert coco_scores(truth, half).ar == pytest.approx(0.5)


def test_tall_and_short_people_are_scored_apart():
    frame = labelled_sequence(1).frames[0]
    far = frame.keypoints_px[1:] * [0.3, 0.3]  # a fraction of 100 px
    people = np.concatenate([frame.keypoints_px[:1], far])
    truth = coco_annotations(1, people, frame.keypoint_visibility, frame.valid)
    near_alone = coco_scores(truth, coco_results(1, people[:1], np.ones((1, K)), np.ones(1)))
    assert (near_alone.tall_ap, near_alone.tall_ar) == pytest.approx((1, 1))
    assert (near_alone.short_ap, near_alone.short_ar) == (0, 0)
    far_alone = coco_scores(truth, coco_results(1, people[1:], np.ones((1, K)), np.ones(1)))
    assert far_alone[6:] == pytest.approx((0, 0, 1, 1))


def test_people_who_do_not_count_are_forgiven():
    frame = labelled_sequence(1).frames[0]
    truth = coco_annotations(1, frame.keypoints_px, frame.keypoint_visibility, np.array([True, False]))
    results = coco_results(1, frame.keypoints_px, np.ones((2, K)), np.array([0.5, 1]))
    assert coco_scores(truth, results).ap == pytest.approx(1)


def test_a_part_of_a_sequence():
    frames = SomeFrames(list(range(10)), limit=3, every=4)
    assert [frames[n] for n in range(len(frames))] == [0, 4, 8] and frames[-1] == 8
    assert len(SomeFrames(list(range(10)), 0, 3)) == 4
    with pytest.raises(IndexError):
        frames[3]


def test_unknown_sets_are_listed():
    with pytest.raises(ConfigError, match="no data set 'kitti'. Available: mpi_inf_3dhp, mupots"):
        open_sequences("kitti", "nowhere")


def test_published_sequences_agree_with_their_totals():
    """A slip of the hand would move a mean: over sequences it lies near the printed total, which weighs by frames."""
    for data_set in FIGURES:
        for part in ("by_sequence", "matched_by_sequence"):
            for each in references_of(data_set, part):
                values = [value for name, value in each.figures.items() if name != "Total"]
                assert abs(np.mean(values) - each.figures["Total"]) < 3, each  # points
    assert len(MUPOTS_SEQUENCES) == 20
    errors = references_of("human36m", "error_by_activity")
    assert all(abs(np.mean([v for k, v in each.figures.items() if k != "Total"]) - each.figures["Total"]) < 3
               for each in errors) and len(errors) == 5  # mm


def test_predictions_without_ids_are_not_tracked(tmp_path):
    for each in SEQUENCES:
        people = [replace(perfect(each, n), ids=("",)) for n in range(3)]
        write_predictions(tmp_path / file_name(each.name), each.name, people)
    assert score_predictions(tmp_path, SEQUENCES, protocol_of("mupots"))["identity"] is None


def test_predictions_must_agree_in_shape():
    with pytest.raises(Exception, match=r"joints of shape \(1, 3, 3\): wanted \(1, 21, 3\)"):
        PredictedPeople(0, np.zeros((1, K, 2)), np.zeros((1, K)), np.zeros(1), np.zeros((1, 3, 3)), np.zeros((1, 3)))
    assert J == 21


def test_a_damaged_settings_file_is_another_setting(tmp_path, config):
    run_folder(tmp_path, config)
    (tmp_path / "settings.json").write_text("{")
    with pytest.raises(ConfigError, match="made with another"):
        run_folder(tmp_path, config)
    shutil.rmtree(tmp_path)


def test_of_two_people_found_as_surely_the_larger_ranks_higher_whatever_the_size_of_the_image():
    small = np.random.default_rng(3).uniform(0, 40, (K, 2)) + 100
    both = np.stack([small, small * 3])
    confidence = np.full((2, K), 0.8)
    scores = ranks([0.8, 0.8], both, confidence, (640, 480))
    assert 0 < scores[0] < scores[1] < 0.8
    assert ranks([0.8, 0.8], both * 2, confidence, (1280, 960)) == pytest.approx(scores, rel=1e-9)
    confidence[1, :10] = 0
    by_share = ranks([0.8, 0.8], both, confidence, None)
    assert by_share[0] == pytest.approx(0.8) and 0 < by_share[1] < 0.8
    confidence[1] = 0
    assert ranks([0.8, 0.8], both, confidence, (640, 480))[1] == 0
    assert ranks([], np.zeros((0, K, 2)), np.zeros((0, K)), (640, 480)).shape == (0,)
