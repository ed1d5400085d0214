"""The learning rate over a run: up, level, down."""


def learning_rate(step, peak, steps, warmup, decay):
    """Rate at `step`: linear from 0 in `warmup` steps, level, then linear to 1 % of the peak in the last `decay` steps.

    A level middle lets a run be lengthened, or its data grow, without having planned it (ours).

    Args:
        step: 0 to steps - 1.
        peak: the level.
        steps: length of the run.
        warmup, decay: steps of the first and the last part.
    """
    rise = min(1.0, (step + 1) / max(warmup, 1))
    fall = min(1.0, (steps - step) / max(decay, 1))
    return peak * rise * max(fall, 0.01)


def parameter_groups(model, rate_of_core):
    """Optimizer groups of a StageOne: its core may learn at a fraction of the rate (Sec. 4.2.1), decay spares biases.

    Args:
        model: StageOne.
        rate_of_core: factor on the learning rate of the core's parameters; 1 for none.

    Returns:
        list of dicts: `params`, `rate_factor`, and `decayed`, whether weight decay applies to them.
    """
    groups = {}
    for name, parameter in model.named_parameters():
        factor = rate_of_core if name.startswith("core.") else 1.0
        groups.setdefault((factor, parameter.ndim > 1), []).append(parameter)
    return [{"params": parameters, "rate_factor": factor, "decayed": decayed}
            for (factor, decayed), parameters in groups.items()]
