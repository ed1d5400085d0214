"""Muon: steps that move every direction of a filter bank alike; for filters, AdamW does the rest."""

import torch

from mocap_ros.training.precision import multiplies_bf16

QUINTIC = (3.4445, -4.7750, 2.0315)  # coefficients that drive singular values towards 1 (Jordan et al. 2024)
ITERATIONS = 5
STEP_SIZE = 0.2  # root mean square of AdamW's steps in units of its rate (Liu et al. 2025, Sec. 2.2)


class Muon(torch.optim.Optimizer):
    """Momentum whose nearest orthogonal matrix is the step, so that rare directions learn as fast as common ones.

    Source: K. Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024; the step's size is that
    of AdamW (J. Liu et al., "Muon is scalable for LLM training", 2025, Eq. 4), so one rate serves both.

    Args:
        groups: parameter groups: `params` with two or more axes, outputs first; `weight_decay`; `banks`, the number of
            groups of the convolutions, each a matrix of its own (outputs by inputs times taps).
        lr: rate, as AdamW's.
        momentum: share of the last direction that is kept (Nesterov's form).
    """

    def __init__(self, groups, lr, momentum=0.95):
        super().__init__(groups, {"lr": lr, "momentum": momentum, "weight_decay": 0.0, "banks": 1})

    @torch.no_grad()
    def step(self):
        """Moves every parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, group)

    def _move(self, parameter, group):
        state = self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
        momentum = state["momentum"].lerp_(parameter.grad, 1 - group["momentum"])
        direction = parameter.grad.lerp(momentum, group["momentum"])
        matrices = direction.reshape(group["banks"], len(parameter) // group["banks"], -1)
        step = orthogonal(matrices).reshape(parameter.shape).to(parameter.dtype)
        size = STEP_SIZE * max(matrices.shape[1:]) ** 0.5
        parameter.mul_(1 - group["lr"] * group["weight_decay"]).add_(step, alpha=-group["lr"] * size)


def orthogonal(matrices, precision=None):
    """About the nearest matrices with equal singular values, by a quintic Newton-Schulz iteration.

    Args:
        matrices: (N, rows, columns).
        precision: in which the products are made. None: bfloat16, which is enough for a step's direction, where the
            device multiplies it natively, else float32.

    Returns:
        The same shape, singular values between about 0.7 and 1.2.
    """
    if precision is None:
        precision = torch.bfloat16 if multiplies_bf16(matrices.device) else torch.float32
    a, b, c = QUINTIC
    x = matrices.float()
    x = (x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)).to(precision)
    tall = x.shape[1] > x.shape[2]
    x = x.mT if tall else x
    for _ in range(ITERATIONS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if tall else x
