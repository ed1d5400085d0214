"""Right answers cost nothing, wrong ones cost, and what is not labelled does not count."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from training_scenes import people_sample  # noqa: E402

from mocap_ros.nets.stage_one import StageOneOutputs  # noqa: E402
from mocap_ros.training.losses import stage_one_losses, stage_two_loss  # noqa: E402
from mocap_ros.training.targets import Targets, make_targets  # noqa: E402


def batch_of(sample):
    return Targets(*(torch.from_numpy(np.asarray(each, np.float32))[None] for each in make_targets(sample)))


def perfect(targets):
    logits = torch.logit(targets.heatmaps.clamp(1e-6, 1 - 1e-6))
    return StageOneOutputs(logits, targets.part_affinity, targets.encodings)


TARGETS = batch_of(people_sample([(-0.9, 0.1, 4.0), (1.0, 0.15, 4.6)]))


def test_the_right_answer_costs_nothing():
    for name, loss in stage_one_losses(perfect(TARGETS), TARGETS).items():
        assert loss.item() < 1e-6, name


@pytest.mark.parametrize("part", range(3))
def test_each_wrong_map_costs_in_its_own_loss_alone(part):
    right = perfect(TARGETS)
    wrong = right._replace(**{right._fields[part]: right[part] + 1.0})
    losses = list(stage_one_losses(wrong, TARGETS).values())
    assert losses[part].item() > 1e-3 and all(loss.item() < 1e-6 for n, loss in enumerate(losses) if n != part)


@pytest.mark.parametrize("part, weights", [(0, "heatmap_weights"), (1, "part_affinity_weights"),
                                           (2, "encoding_weights")])
def test_nothing_is_learned_where_the_weights_are_zero(part, weights):
    right = perfect(TARGETS)
    wrong = right._replace(**{right._fields[part]: (right[part] + 1.0).requires_grad_()})
    masked = TARGETS._replace(**{weights: torch.zeros_like(getattr(TARGETS, weights))})
    sum(stage_one_losses(wrong, masked).values()).backward()
    assert not wrong[part].grad.any()


def test_stage_two_counts_known_joints_only():
    target = torch.full((2, 21, 3), float("nan"))
    target[0, 5] = 0.5
    predicted = torch.zeros(2, 21, 3, requires_grad=True)
    loss = stage_two_loss(predicted, target)
    assert loss.item() == pytest.approx(0.5 - 0.05)  # smooth-L1 with its corner at 0.1 m: |0.5| - 0.1 / 2
    loss.backward()
    assert predicted.grad.isfinite().all() and int((predicted.grad != 0).sum()) == 3
