"""Right answers cost nothing, wrong ones cost, and what is not labelled does not count."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from training_scenes import people_sample  # noqa: E402

from mocap_ros.nets.stage_one import StageOneOutputs  # noqa: E402
from mocap_ros.training.losses import localisation_loss, stage_one_losses, stage_two_loss  # noqa: E402
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


@pytest.mark.parametrize("part, costs", [
    (0, ["heatmaps", "localisation"]), (1, ["part_affinity"]), (2, ["encodings"]),
])
def test_each_wrong_map_costs_in_its_own_losses_alone(part, costs):
    right = perfect(TARGETS)
    wrong = right._replace(**{right._fields[part]: right[part] + 1.0})
    assert [name for name, loss in stage_one_losses(wrong, TARGETS).items() if loss.item() > 1e-6] == costs


def test_a_heatmap_that_is_moved_costs_the_distance_by_which_it_was_moved():
    # A third of a cell to the right: |1/3| less half the corner of 0.1 cells, whatever the height of the peak.
    def peak(column, height=1.0):
        row = torch.exp(-0.5 * (torch.arange(9.0) - column) ** 2)
        return (height * torch.exp(-0.5 * (torch.arange(7.0) - 3) ** 2)[:, None] * row).expand(2, 20, 7, 9)

    target = peak(4.0)
    for height in (0.9, 0.5):
        loss = localisation_loss(torch.logit(peak(4 + 1 / 3, height)), target, torch.ones_like(target))
        assert loss.item() == pytest.approx(1 / 3 - 0.05, abs=1e-4)


def test_a_batch_without_anybody_has_no_localisation_loss():
    logits = torch.zeros((1, 20, 6, 6), requires_grad=True)
    localisation_loss(logits, torch.zeros((1, 20, 6, 6)), torch.ones((1, 20, 6, 6))).backward()
    assert not logits.grad.any()


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
