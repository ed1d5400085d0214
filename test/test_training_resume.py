"""A run that is stopped and resumed ends exactly where an uninterrupted one does."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from training_scenes import people_sample  # noqa: E402

from mocap_ros.datatypes.errors import ConfigError, WeightsError  # noqa: E402
from mocap_ros.nets.stage_one import StageOne  # noqa: E402
from mocap_ros.training.batches import BatchKeys  # noqa: E402
from mocap_ros.training.checkpoint import load_checkpoint, save_checkpoint, slim_checkpoint  # noqa: E402
from mocap_ros.training.schedule import learning_rate, optimizers_of  # noqa: E402
from mocap_ros.training.settings import with_changes  # noqa: E402
from mocap_ros.training.train_stage_one import StageOneTraining, stage_one_of, train_stage_one  # noqa: E402

TINY = dict(width="0.125", steps="6", steps_2d="2", batch="2", warmup="2", decay="2", crop_width="48",
            crop_height="64", workers="0", precision="fp32", threads="1", save_every="100", log_every="2")


def tiny_run(folder, changes=(), **more):
    samples = [people_sample([(x, 0.1, 4.0)], generator=np.random.default_rng(n)) for n, x in enumerate((-0.3, 0, 0.4))]
    settings = with_changes(StageOneTraining(), {**TINY, **dict(changes)})
    return train_stage_one(settings, [samples], [1.0], None, folder, **more)


def test_resuming_is_the_same_as_never_stopping(tmp_path):
    whole = tiny_run(tmp_path / "whole").state_dict()
    tiny_run(tmp_path / "parts", stop=3)
    parts = tiny_run(tmp_path / "parts", resume=True).state_dict()
    for name, value in whole.items():
        assert torch.equal(value, parts[name]), name
    states = [load_checkpoint(tmp_path / name / "checkpoint.pt") for name in ("whole", "parts")]
    for name, value in states[0]["model"].items():
        assert torch.equal(value, states[1]["model"][name]), name
    assert states[0]["step"] == states[1]["step"] == 6


def test_intermediate_supervision_resumes_exactly_and_leaves_no_trace_in_the_network(tmp_path):
    changes = {"intermediate": "0.5"}
    whole = tiny_run(tmp_path / "whole", changes).state_dict()
    tiny_run(tmp_path / "parts", changes, stop=3)
    parts = tiny_run(tmp_path / "parts", changes, resume=True).state_dict()
    assert list(whole) == list(StageOne(0.125).state_dict())
    for name, value in whole.items():
        assert torch.equal(value, parts[name]), name
    states = [load_checkpoint(tmp_path / name / "checkpoint.pt")["model"] for name in ("whole", "parts")]
    assert any(name.startswith("heads.") for name in states[0])
    for name, value in states[0].items():
        assert torch.equal(value, states[1][name]), name


def test_a_new_run_begins_with_the_weights_of_an_old_one(tmp_path):
    old = tiny_run(tmp_path / "old").state_dict()
    slim = slim_checkpoint(load_checkpoint(tmp_path / "old" / "checkpoint.pt"))
    save_checkpoint(tmp_path / "slim.pt", slim)
    new = tiny_run(tmp_path / "new", start_from=tmp_path / "slim.pt", stop=0).state_dict()
    for name, value in old.items():
        assert torch.allclose(value, new[name], rtol=1e-3, atol=1e-6), name  # half precision
    with pytest.raises(WeightsError, match="weights of selecsls at width 0.125, the run has resnet34 at 0.25"):
        train_stage_one(with_changes(StageOneTraining(), {**TINY, "width": "0.25", "core": "resnet34"}), [[]], [1.0],
                        None, tmp_path / "other", start_from=tmp_path / "slim.pt")


def test_a_wider_run_begins_with_the_answers_of_a_narrower_one(tmp_path):
    narrow = tiny_run(tmp_path / "narrow", stop=2)
    settings = with_changes(StageOneTraining(), {**TINY, "width": "0.25"})
    wide = train_stage_one(settings, [[]], [1.0], None, tmp_path / "wide", stop=0,
                           start_from=tmp_path / "narrow" / "checkpoint.pt")
    images = torch.randint(0, 256, (1, 64, 48, 3), dtype=torch.uint8)
    with torch.no_grad():
        for one, other in zip(narrow(images), wide(images)):
            assert torch.allclose(one, other, atol=1e-4)  # float32 sums in another order


def test_training_on_one_image_learns_it(tmp_path):
    tiny_run(tmp_path)
    lines = (tmp_path / "log.csv").read_text().splitlines()
    first, last = (float(line.split(",")[3]) for line in (lines[1], lines[-1]))
    assert last < first  # heatmap loss per keypoint, 2 steps and 6 steps in


def test_a_checkpoint_holds_what_export_needs(tmp_path):
    averaged = tiny_run(tmp_path)
    again = stage_one_of(load_checkpoint(tmp_path / "checkpoint.pt"))
    images = torch.randint(0, 256, (1, 64, 48, 3), dtype=torch.uint8)
    with torch.no_grad():
        for one, other in zip(averaged(images), again(images)):
            assert torch.equal(one, other)


def test_a_damaged_checkpoint_is_named(tmp_path):
    path = tmp_path / "checkpoint.pt"
    with pytest.raises(WeightsError, match="no such checkpoint"):
        load_checkpoint(path)
    save_checkpoint(path, {"step": 1, "values": torch.zeros(1000)})
    path.write_bytes(path.read_bytes()[:1500])
    with pytest.raises(WeightsError, match="damaged"):
        load_checkpoint(path)
    torch.save({"version": -1}, path)
    with pytest.raises(WeightsError, match="version"):
        load_checkpoint(path)


def test_processes_share_a_batch_without_overlap():
    parts = [list(BatchKeys(5, 7, 5, rank, 2)) for rank in range(2)]
    together = [sorted(a + b) for a, b in zip(*parts)]
    assert together == [[(step, place) for place in range(5)] for step in (5, 6)]


def test_rate_rises_stays_and_falls():
    rates = [learning_rate(step, 2.0, 100, 10, 20) for step in range(100)]
    assert rates[0] == pytest.approx(0.2) and rates[9] == 2.0
    assert set(rates[10:80]) == {2.0}
    assert rates[90] == pytest.approx(1.0) and 0 < rates[99] <= 0.1
    assert all(a >= b for a, b in zip(rates[80:], rates[81:]))


@pytest.mark.parametrize("name", ["muon", "adamw"])
def test_every_parameter_learns_once_and_the_core_at_its_own_rate(name):
    model = StageOne(0.125)
    core = {id(p) for p in model.core.parameters()}
    groups = [group for optimizer in optimizers_of(model, name, 1e-3, 0.02, 0.1) for group in optimizer.param_groups]
    for group in groups:
        for parameter in group["params"]:
            assert group["rate_factor"] == (0.1 if id(parameter) in core else 1.0)
            assert group["weight_decay"] == (0.02 if parameter.ndim > 1 else 0.0)
    learned = sorted(id(parameter) for group in groups for parameter in group["params"])
    assert learned == sorted(id(parameter) for parameter in model.parameters())


def test_an_unknown_optimizer_is_named():
    with pytest.raises(ConfigError, match="optimizer 'adam'; there are muon, adamw"):
        optimizers_of(StageOne(0.125), "adam", 1e-3, 0.02)


def test_an_unknown_or_bad_setting_is_named():
    with pytest.raises(ConfigError, match="no training setting 'stepz'. Available: width, steps, optimizer"):
        with_changes(StageOneTraining(), {"stepz": "1"})
    with pytest.raises(ConfigError, match="steps = 'many': wanted int"):
        with_changes(StageOneTraining(), {"steps": "many"})
    with pytest.raises(ConfigError, match="wanted true or false"):
        with_changes(StageOneTraining(), {"compile": "1"})
