"""Training on views that are drawn where the network learns: exact resume, shares, clear errors."""

import os

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("numba")

from test_training_resume import TINY  # noqa: E402
from training_scenes import people_sample  # noqa: E402

from mocap_ros.datatypes.errors import ConfigError, ImageError  # noqa: E402
from mocap_ros.training.batch_stream import DrawnPeople, batch_stream  # noqa: E402
from mocap_ros.training.batches import BatchKeys  # noqa: E402
from mocap_ros.training.drawn_stocks import PreparedStocks, StockFolder, read_shared, write_shared  # noqa: E402
from mocap_ros.training.settings import with_changes  # noqa: E402
from mocap_ros.training.train_stage_one import StageOneTraining, train_stage_one  # noqa: E402

SETTINGS = with_changes(StageOneTraining(), {**TINY, "steps": "3", "steps_2d": "1"})


@pytest.fixture(scope="module")
def doll(doll):
    return str(doll)


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


def test_stocks_made_ahead_by_a_process_are_those_made_here(doll):
    """Two stocks of two steps, views staged by two processes; the same pictures as with everything in one process."""
    drawn, shown = DrawnPeople(doll, characters=2, stock_steps=2), []
    for workers in ("0", "2"):
        settings = with_changes(SETTINGS, {"workers": workers})
        shown.append(list(batch_stream(settings, (), (), None, drawn, 1, 4, 0, 1, torch.device("cpu"))))
    assert len(shown[0]) == len(shown[1]) == 3
    for (pictures, targets), (others, their_targets) in zip(*shown):
        assert torch.equal(pictures, others) and all(torch.equal(a, b) for a, b in zip(targets, their_targets))


def test_the_next_stock_is_made_while_the_last_one_is_in_use(tmp_path):
    made = []
    folder = StockFolder(tmp_path, os.getpid())
    with PreparedStocks(lambda number: made.append(number) or [number], lambda stock: stock[0] * 10, folder, [2, 3, 4],
                        apart=False) as stocks:
        stocks.start()
        assert stocks.at(2) == 20
        stocks.ahead.result()
        assert made == [2, 3] and (tmp_path / "stock_3").exists()
        assert stocks.at(3) == 30
        stocks.ahead.result()
        assert not (tmp_path / "stock_2").exists() and (tmp_path / "stock_3").exists()
        assert stocks.at(4) == 40 and made == [2, 3, 4]


@pytest.mark.parametrize("workers", ["0", "1"])
def test_what_ails_a_stock_is_said_in_one_line_by_the_trainer(doll, tmp_path, workers):
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    drawn = DrawnPeople(doll, str(tmp_path), characters=2)
    settings = with_changes(SETTINGS, {"workers": workers})
    with pytest.raises(ImageError, match="^.*broken.jpg: not an image that OpenCV can read$"):
        next(batch_stream(settings, (), (), None, drawn, 0, 2, 0, 1, torch.device("cpu")))


def test_arrays_of_a_shared_file_are_mapped_and_outlive_it(tmp_path):
    generator = np.random.default_rng(0)
    value = {"many": generator.random((50, 7)), "odd": generator.integers(0, 9, 13).astype(np.int8), "name": "stock"}
    write_shared(tmp_path / "value", value)
    found = read_shared(tmp_path / "value")
    (tmp_path / "value").unlink()
    assert found["name"] == "stock" and not found["many"].flags.writeable
    for name in ("many", "odd"):
        np.testing.assert_array_equal(found[name], value[name])
