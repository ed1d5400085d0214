"""`mocap train` from Stage I's shipped checkpoint to a model that `mocap detect` runs, as its documentation tells."""

import json
from pathlib import Path
import shutil
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import yaml

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from mocap_ros.cli.main import main  # noqa: E402
from mocap_ros.datasets.clips import ClipFrames  # noqa: E402
from mocap_ros.datasets.synthetic import write_shard  # noqa: E402
from mocap_ros.datatypes.skeleton import ANGLES  # noqa: E402
from mocap_ros.decoding.several_looks import VIEW_PX  # noqa: E402
from mocap_ros.nets.onnx_runtime import file_metadata, OnnxStageOne  # noqa: E402
from mocap_ros.nets.runtime import WEIGHTS  # noqa: E402
from mocap_ros.nets.stage_one import StageOne  # noqa: E402
from mocap_ros.training.checkpoint import load_checkpoint, save_checkpoint  # noqa: E402
from mocap_ros.training.validation import torch_inference  # noqa: E402
from test_training_resume import TINY  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
CHECKPOINT = ROOT / "checkpoints" / "xnect-small.pt"
IMAGES = 6
ONE_LOOK = ("--device", "cpu", "--threads", "1", "--set", "estimator.closer_looks=0",
            "--set", "estimator.several_resolutions=false")  # of two looks that find somebody equally well any may lead


def picture(clip, row):
    """An image of the demo clip as the generator's pictures are."""
    frame = clip[row]
    people, image = len(frame.joints_camera), frame.read_image()
    labels = SimpleNamespace(
        keypoints_px=frame.keypoints_px, visibility=frame.keypoint_visibility, joints_camera=frame.joints_camera,
        joint_visibility=frame.joint_visibility, heights=clip.heights[:people],
        root_rotations=np.full((people, 3, 3), np.nan), angles=np.full((people, len(ANGLES)), np.nan),
        owners=np.zeros(image.shape[:2], np.uint8))
    return SimpleNamespace(image=image, matrix=clip.camera.matrix, labels=labels)


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """A shard of the demo's images with their labels."""
    folder = tmp_path_factory.mktemp("shards")
    clip = ClipFrames(ROOT / "demo" / "people.mp4")
    write_shard(folder, 0, [picture(clip, row) for row in np.linspace(0, len(clip) - 1, IMAGES).astype(int)])
    return str(folder)


@pytest.fixture(scope="module")
def run(tmp_path_factory, shards):
    """RUN after Stage II was trained on what the shipped Stage I sees."""
    folder = tmp_path_factory.mktemp("run")
    shutil.copyfile(CHECKPOINT, folder / "checkpoint.pt")
    assert main(["train", "stage-two", "--data", shards, "--validation", shards, "--out", str(folder),
                 "--set", "features=32", "--set", "epochs=2", "--set", "threads=1"]) == 0
    return folder


def test_a_run_is_exported_as_a_model_that_sees_what_the_shipped_one_sees(run, tmp_path, capsys):
    model, weights = tmp_path / "model", tmp_path / "weights.pt"
    assert main(["train", "export", "--run", str(run), "--out", str(model), "--checkpoint", str(weights)]) == 0
    said = capsys.readouterr().out
    assert all(str(each) in said for each in (model / "stage_one.onnx", model / "stage_two.onnx", weights))
    photo = str(tmp_path / "photo.png")
    assert cv2.imwrite(photo, ClipFrames(ROOT / "demo" / "people.mp4")[0].read_image())
    found = []
    for name in (str(model), "small"):
        out = tmp_path / "people.json"
        assert main(["detect", photo, "--json", str(out), "--weights", name, *ONE_LOOK]) == 0
        found.append([person["keypoints"] for person in json.loads(out.read_text())[0]["persons"]])
    assert len(found[0]) == len(found[1]) > 0
    assert np.abs(np.array(found[0]) - found[1]).max() < 1.0  # px and shares; the file may hold more digits
    again, shipped = load_checkpoint(weights), load_checkpoint(CHECKPOINT)
    assert again["step"] == shipped["step"] and again["settings"] == shipped["settings"]
    assert all(torch.equal(value, shipped["average"][name]) for name, value in again["average"].items())


@pytest.mark.parametrize("name, width", [("small", 0.5), ("base", 1.0)])
def test_a_shipped_network_is_that_of_its_checkpoint(name, width):
    state = load_checkpoint(ROOT / "checkpoints" / f"xnect-{name}.pt")
    assert state["settings"]["width"] == width
    network = StageOne(width)
    network.load_state_dict({key: value.float() if value.is_floating_point() else value
                             for key, value in state["average"].items()})
    image = ClipFrames(ROOT / "demo" / "people.mp4")[0].read_image()[None, 100:260, 200:392].copy()
    mine = torch_inference(network.eval())(image)
    shipped = OnnxStageOne(WEIGHTS / f"xnect-{name}" / "stage_one.onnx", threads=1).infer(image)
    for one, other in zip(mine, shipped):
        assert np.abs(one - other).max() < 0.02  # of 1, or m; both keep weights at half precision


def test_a_model_is_scored_on_shards(shards, capsys):
    assert main(["train", "score", "--data", shards, "--images", "2"]) == 0
    said = capsys.readouterr().out
    assert "2 images" in said and "average_precision" in said and "3DPCK of" in said


def test_a_run_goes_on_with_its_settings_and_its_data(shards, tmp_path, capsys):
    run = tmp_path / "run"
    changes = [part for name, value in {**TINY, "steps": "2"}.items() for part in ("--set", f"{name}={value}")]
    assert main(["train", "stage-one", "--data", shards, "--out", str(run), *changes]) == 0
    assert main(["train", "stage-one", "--resume", "--out", str(run), "--set", "steps=3"]) == 0
    state, said = load_checkpoint(run / "checkpoint.pt"), yaml.safe_load((run / "settings.yaml").read_text())
    assert state["step"] == state["settings"]["steps"] == 3 and state["settings"]["width"] == 0.125
    assert state["learns_from"]["data"] == [shards]
    assert said == {"settings": state["settings"], "learns_from": state["learns_from"]}
    assert len((run / "log.csv").read_text().splitlines()) == 2  # a line every 2 steps, and the names
    capsys.readouterr()
    assert main(["train", "stage-one", "--resume", "--out", str(run), "--set", "width=0.25"]) == 2
    assert "a run with width=0.125 cannot go on with width=0.25" in capsys.readouterr().err
    assert main(["train", "stage-one", "--resume", "--out", str(run), "--set", "list"]) == 0
    assert "width = 0.125:" in capsys.readouterr().out


def test_a_network_for_closer_looks_is_trained_scored_and_exported(shards, tmp_path, capsys):
    run, model = tmp_path / "run", tmp_path / "model"
    changes = [part for name, value in {**TINY, "steps": "2", "looks": "closer"}.items()
               for part in ("--set", f"{name}={value}")]
    assert main(["train", "stage-one", "--data", shards, "--validation", shards, "--validation-images", "2",
                 "--out", str(run), *changes]) == 0
    assert "step 2, held-out: average_precision" in capsys.readouterr().out
    assert main(["train", "export", "--run", str(run), "--out", str(model)]) == 0
    assert [path.name for path in model.iterdir()] == ["closer_look.onnx"]
    assert file_metadata(model / "closer_look.onnx")["input_width"] == str(VIEW_PX)
    assert main(["train", "stage-one", "--resume", "--out", str(run), "--set", "steps=3", "--set", "looks=whole"]) == 2
    assert "a run with looks=closer cannot go on with looks=whole" in capsys.readouterr().err


@pytest.mark.parametrize("command, words", [
    (("stage-two", "--out", "RUN"), "Stage II needs --data or --dataset, and --validation"),
    (("stage-two", "--data", "SHARDS", "--validation", "SHARDS", "--out", "NOWHERE"), "no such checkpoint"),
    (("stage-two", "--data", "SHARDS", "--validation", "SHARDS", "--images", "2", "--out", "RANDOM"),
     "Stage I finds none of the people in 2 images"),
    (("export", "--run", "NOWHERE", "--out", "OUT"), "checkpoint.pt: no such checkpoint"),
    (("score",), "give either --data or --coco"),
])
def test_what_cannot_be_trained_is_said_in_one_line(shards, tmp_path, capsys, command, words):
    torch.manual_seed(1)
    save_checkpoint(tmp_path / "random" / "checkpoint.pt", {
        "average": StageOne(0.25).state_dict(), "step": 1, "settings": {"width": 0.25}})
    places = {"SHARDS": shards, "RUN": str(tmp_path / "run"), "NOWHERE": str(tmp_path / "nowhere"),
              "RANDOM": str(tmp_path / "random"), "OUT": str(tmp_path / "out")}
    assert main(["train", *(places.get(each, each) for each in command)]) == 2
    line = capsys.readouterr().err.strip().splitlines()[-1]
    assert line.startswith("mocap: ") and words in line


@pytest.mark.parametrize("options, words", [
    (("--set", "steps=0"), "steps = 0: wanted 1 or more"), (("--set", "rate=nan"), "rate = nan: wanted 0 or more"),
    (("--set", "average=1.5"), "average = 1.5: wanted 0 to 1"), (("--set", "batch=-3"), "batch = -3: wanted 1 or more"),
    (("--set", "crop_width=100"), "views of 100 x 224 px: wanted multiples of 16"),
    (("--set", "precision=fp8"), "precision = 'fp8': wanted one of auto, bf16, fp32"),
    (("--negatives", "SHARDS", "--negative-share", "2"), "--negative-share 2.0: wanted 0 to below 1"),
    (("--data", "SHARDS=-1"), "wanted a number above 0 after '='"),
    (("--resume",), "checkpoint.pt: no such checkpoint"), (("--start-from", "TEXT"), "damaged checkpoint"),
])
def test_a_run_that_cannot_be_is_refused_in_one_line(shards, tmp_path, capsys, options, words):
    text = tmp_path / "text"
    text.write_bytes(np.random.default_rng(0).bytes(300))
    options = [each.replace("SHARDS", shards).replace("TEXT", str(text)) for each in options]
    assert main(["train", "stage-one", "--data", shards, "--out", str(tmp_path / "run"), *options]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("mocap: ") and words in line


def test_a_refiner_is_trained_and_put_to_use(tmp_path, shards, capsys):
    run, weights = tmp_path / "run", tmp_path / "weights.pt"
    tiny = [word for name in ("width=0.17", "images=2", "threads=1", "workers=0", "log_every=1")
            for word in ("--set", name)]
    command = ["train", "refine", "--data", shards, "--validation", shards, "--validation-images", "2", *tiny]
    assert main([*command, "--out", str(run), "--set", "steps=2", "--checkpoint", str(weights)]) == 0
    assert "step 2: found 0." in capsys.readouterr().out
    assert (run / "validation.csv").read_text().count("\n") == 2 and (run / "log.csv").read_text().count("\n") == 3
    assert main(["train", "refine", "--resume", "--out", str(run), "--set", "steps=3"]) == 0
    again = load_checkpoint(run / "refiner.pt")
    assert again["step"] == 3 and again["learns_from"]["data"] == [shards] and again["settings"]["width"] == 0.17
    begun = tmp_path / "begun"
    assert main(["train", "refine", "--data", shards, "--out", str(begun), *tiny, "--set", "steps=1", "--set", "rate=0",
                 "--set", "seed=2", "--start-from", str(weights)]) == 0
    kept, slim = load_checkpoint(begun / "refiner.pt")["average"], load_checkpoint(weights)["average"]
    assert all(torch.equal(kept[name], value.float()) for name, value in slim.items() if name.endswith("head.weight"))
    mean = tmp_path / "mean"
    assert main(["train", "mean-refiner", "--of", f"{run / 'refiner.pt'}=3", "--of", str(begun / "refiner.pt"),
                 "--out", str(mean)]) == 0
    between, other = (load_checkpoint(each / "refiner.pt")["average"] for each in (mean, run))
    for name in ("shown.weight", "head.weight"):
        torch.testing.assert_close(between[name].float(), 0.75 * other[name] + 0.25 * kept[name], atol=1e-3, rtol=1e-3)
    assert main(["train", "mean-refiner", "--of", str(run / "refiner.pt"), "--of",
                 str(ROOT / "checkpoints" / "refine-person.pt"), "--out", str(mean)]) == 2
    assert "different networks" in capsys.readouterr().err
    photo, out = str(tmp_path / "photo.png"), tmp_path / "people.json"
    assert cv2.imwrite(photo, ClipFrames(ROOT / "demo" / "people.mp4")[0].read_image())
    people = []
    for refiner in (str(run), "", str(mean)):
        assert main(["detect", photo, "--json", str(out), "--weights", "small", *ONE_LOOK,
                     "--set", f"estimator.refiner={refiner}"]) == 0
        people.append(json.loads(out.read_text())[0]["persons"])
    assert len(people[1]) > 0 and people[0] != people[1]  # three steps may teach it that nobody is anybody
    assert people[2] != people[1]
    assert main(["train", "refine", "--out", str(run)]) == 2
    assert "nothing to train on" in capsys.readouterr().err


def test_a_refiner_learns_from_what_is_found_and_shown(tmp_path, shards, capsys):
    found, maps, run = str(tmp_path / "found.npz"), str(tmp_path / "maps"), tmp_path / "run"
    assert main(["train", "find", "--data", shards, "--weights", "small", "--device", "cpu", "--threads", "1",
                 "--images", "3", "--maps", maps, "--out", found]) == 0
    with np.load(found) as people:
        boxed = np.isfinite(people["corners"]).all(1)
        assert (people["person"] >= 0).sum() >= 6 and set(people["image"]) <= {0, 1, 2}
        np.testing.assert_array_equal(boxed, np.isnan(people["keypoints_px"]).all((1, 2)))
    tiny = [word for name in ("width=0.17", "images=2", "threads=1", "workers=0", "steps=2")
            for word in ("--set", name)]
    assert main(["train", "refine", "--found", found, "--validation-found", found, "--out", str(run), *tiny]) == 0
    assert "step 2: found 0." in capsys.readouterr().out
    assert load_checkpoint(run / "refiner.pt")["learns_from"]["found"] == [found]
    assert main(["train", "boxes", "--maps", maps, "--out", str(tmp_path / "boxes"), "--set", "width=0.25",
                 "--set", "steps=1", "--set", "threads=1", "--set", "workers=0"]) == 0
