"""The direction of Sec. 7.1's finding, in short trainings; and the files of CIFAR."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mocap_ros.cli.main import main  # noqa: E402
from mocap_ros.datasets.cifar import read_cifar  # noqa: E402
from mocap_ros.datatypes.errors import ConfigError, ImageError  # noqa: E402
from mocap_ros.nets.sparsity import normalised_layers  # noqa: E402
from mocap_ros.training.basic_net import BasicNet  # noqa: E402
from mocap_ros.training.sparsity_experiment import made_up_shapes, SHAPES, train_basic_net  # noqa: E402


IMAGES, RELABELLED, NOISE = 400, 0.4, 100.0


def trained(optimizer, regularisation, amount, batch=4, steps=800, rate_scale=6.0):
    torch.set_num_threads(1)
    return train_basic_net(made_up_shapes(IMAGES, 1, NOISE, RELABELLED), made_up_shapes(300, 2, NOISE), SHAPES,
                           optimizer, regularisation, amount, batch, steps, width=0.125, rate_scale=rate_scale)


def test_adam_with_l2_lets_filters_die_and_pruning_them_changes_nothing():
    found = trained("adam", "l2", 5e-3)
    assert found.sparsity_by_scale > 0.05
    before, after = found.test_error
    assert before == after < 0.65  # of 0.75 by guessing
    late = sum(found.by_layer[name][1] for name in list(found.by_layer)[4:])
    early = sum(found.by_layer[name][1] for name in list(found.by_layer)[:4])
    assert late > early  # Table D.1: Adam's sparsity sits in the later layers


@pytest.mark.parametrize("optimizer, regularisation, amount, rate_scale", [
    ("sgd", "l2", 5e-3, 0.1), ("adam", "none", 0.0, 6.0)])
def test_sgd_and_no_regularisation_let_none_die(optimizer, regularisation, amount, rate_scale):
    found = trained(optimizer, regularisation, amount, rate_scale=rate_scale)
    assert found.test_error[0] < 0.65  # of 0.75 by guessing
    assert found.sparsity_by_scale == 0


def test_some_of_the_made_up_classes_are_drawn_anew():
    (images, known), (same, mixed) = made_up_shapes(1000, 3), made_up_shapes(1000, 3, relabelled=0.4)
    np.testing.assert_array_equal(images, same)
    assert 0.25 < (known != mixed).mean() < 0.35  # a quarter of those drawn anew get their own class again
    with pytest.raises(ConfigError, match="relabelled 1.4: wanted 0 or more, and a share from 0 to 1"):
        made_up_shapes(3, 1, relabelled=1.4)


def test_basic_net_has_the_convolution_weights_of_table_d1():
    model = BasicNet(10)
    assert sum(conv.weight.numel() for _, conv, _, _ in normalised_layers(model)) == 4_649_664
    assert [conv.out_channels for _, conv, _, _ in normalised_layers(model)] == [64, 128, 128, 256, 256, 512, 512]
    assert BasicNet(7, 0.125).eval()(torch.zeros(2, 3, 32, 32)).shape == (2, 7)


def test_the_made_up_set_repeats_with_its_seed():
    for a, b in zip(made_up_shapes(20, 3), made_up_shapes(20, 3)):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(made_up_shapes(20, 3)[0], made_up_shapes(20, 4)[0])


def write_cifar(folder, name, images=3):
    """A set in CIFAR's binary layout: class byte(s), then red, green and blue planes."""
    files = {"cifar10": [f"data_batch_{n}.bin" for n in range(1, 6)] + ["test_batch.bin"],
             "cifar100": ["train.bin", "test.bin"]}[name]
    for number, file in enumerate(files):
        rows = []
        for index in range(images):
            header = [index] if name == "cifar10" else [99, index]
            pixels = np.full((3, 32, 32), 10 * number + index, np.uint8)
            pixels[0] = 200  # red comes first
            rows.append(np.concatenate([np.array(header, np.uint8), pixels.ravel()]))
        np.concatenate(rows).tofile(folder / file)


@pytest.mark.parametrize("name, count, classes", [("cifar10", 15, 10), ("cifar100", 3, 100)])
def test_cifar_is_read(tmp_path, name, count, classes):
    write_cifar(tmp_path, name)
    (images, labels), (held_out, truth), found = read_cifar(name, tmp_path)
    assert images.shape == (count, 3, 32, 32) and held_out.shape == (3, 3, 32, 32) and found == classes
    np.testing.assert_array_equal(labels[:3], [0, 1, 2])
    np.testing.assert_array_equal(truth, [0, 1, 2])
    assert (images[:, 0] == 200).all() and images[1, 1, 0, 0] == 1


def test_a_missing_and_a_short_file_are_named(tmp_path):
    write_cifar(tmp_path, "cifar10")
    (tmp_path / "data_batch_3.bin").write_bytes(b"short")
    with pytest.raises(ImageError, match="data_batch_3.bin: 5 bytes are not a number of records of 3073"):
        read_cifar("cifar10", tmp_path)
    with pytest.raises(ImageError, match="train.bin: missing; it is part of cifar100's binary version, https"):
        read_cifar("cifar100", tmp_path)


def test_the_command_prints_and_writes_a_table(tmp_path, capsys):
    out = tmp_path / "figures.json"
    assert main(["sparsity", "--steps", "3", "--optimizers", "adam", "--regularisations", "l2:1e-3,wd:1e-6",
                 "--batches", "4,8", "--width", "0.05", "--json", str(out)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 5 and out.stat().st_size > 500
    for words, wanted in ((["--data", "mnist"], "wanted shapes, cifar10:DIR or cifar100:DIR"),
                          (["--optimizers", "lion"], "optimizer 'lion'; there are sgd, adam"),
                          (["--regularisations", "l1:2"], "regularisation 'l1'; there are none, l2, wd"),
                          (["--optimizers", "adam,lion"], "optimizer 'lion'"),
                          (["--batches", "x"], "--batches: 'x' is not a number"),
                          (["--images", "0"], "0 images: wanted 1 or more"),
                          (["--noise", "-1"], "noise -1, relabelled 0.4: wanted 0 or more"),
                          (["--batches", "40,0"], "batch 0, steps 3: wanted 1 or more of each"),
                          (["--width", "0"], "width 0, rate scale 0.1, amount 0: wanted positive ones")):
        assert main(["sparsity", "--steps", "3", "--width", "0.05", "--optimizers", "sgd", *words]) == 2
        said = capsys.readouterr()
        assert wanted in said.err and not said.out  # nothing was trained before


def test_unknown_names_are_errors():
    with pytest.raises(ConfigError, match="optimizer 'lion'"):
        trained("lion", "none", 0)
