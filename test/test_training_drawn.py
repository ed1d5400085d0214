"""Training on views that are drawn where the network learns: exact resume, shares, clear errors."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("numba")

from synthesis_scenes import write_doll  # noqa: E402
from test_training_resume import TINY  # noqa: E402
from training_scenes import people_sample  # noqa: E402

from mocap_ros.datatypes.errors import ConfigError  # noqa: E402
from mocap_ros.training.batch_stream import DrawnPeople, batch_stream  # noqa: E402
from mocap_ros.training.batches import BatchKeys  # noqa: E402
from mocap_ros.training.settings import with_changes  # noqa: E402
from mocap_ros.training.train_stage_one import StageOneTraining, train_stage_one  # noqa: E402

SETTINGS = with_changes(StageOneTraining(), {**TINY, "steps": "3", "steps_2d": "1"})


@pytest.fixture(scope="module")
def doll(tmp_path_factory):
    path = tmp_path_factory.mktemp("doll") / "doll.npz"
    write_doll(path)
    return str(path)


def test_a_resumed_run_sees_the_views_it_would_have_seen(doll, tmp_path):
    """A stock of two steps, so that the run is stopped within one and resumed before the next."""
    drawn = DrawnPeople(doll, characters=2, stock_steps=2)
    whole = train_stage_one(SETTINGS, (), (), None, tmp_path / "whole", drawn=drawn).state_dict()
    train_stage_one(SETTINGS, (), (), None, tmp_path / "parts", drawn=drawn, stop=1)
    parts = train_stage_one(SETTINGS, (), (), None, tmp_path / "parts", drawn=drawn, resume=True).state_dict()
    for name, value in whole.items():
        assert torch.equal(value, parts[name]), name


def test_a_share_of_every_batch_is_drawn_and_the_rest_is_read(doll):
    samples = [people_sample([(0, 0.1, 4.0)], generator=np.random.default_rng(0))]
    settings = with_changes(SETTINGS, {"batch": "4"})
    read = next(batch_stream(settings, [samples], [1.0], None, None, 0, 1, 0, 1, torch.device("cpu")))
    mixed = next(batch_stream(settings, [samples], [1.0], None, DrawnPeople(doll, share=0.25, characters=2), 0, 1, 0, 1,
                              torch.device("cpu")))
    assert torch.equal(mixed[0][:3], read[0][:3]) and not torch.equal(mixed[0][3], read[0][3])
    for one, other in zip(mixed[1], read[1]):
        assert one.shape == other.shape and torch.equal(one[:3], other[:3])


def test_every_place_belongs_to_one_process():
    places = [BatchKeys(0, 1, 10, rank, 3, range(4, 10)).places for rank in range(3)]
    assert sorted(sum(places, [])) == list(range(4, 10))


@pytest.mark.parametrize("share, processes, message", [
    (1.5, 1, "wanted above 0 and at most 1"), (0.5, 1, "no data to read"), (0.25, 1, "no data to read"),
    (1.0, 3, "leaves some of the 3 processes")])
def test_shares_that_cannot_be_are_named(share, processes, message):
    with pytest.raises(ConfigError, match=message):
        next(batch_stream(SETTINGS, (), (), None, DrawnPeople("none.npz", share=share), 0, 1, 0, processes,
                          torch.device("cpu")))
