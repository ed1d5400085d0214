import numpy as np

from mocap_ros.tracking.one_euro import concatenate, fresh_state, one_euro

RATE = 30.0  # frames a second


def run(signal, times, minimum_cutoff=1.0, beta=0.0):
    """The filtered signal, frame by frame: (T, P, ...)."""
    state, out = fresh_state(signal.shape[1:]), []
    for values, time in zip(signal, times):
        filtered, state = one_euro(state, values, time, minimum_cutoff, beta)
        out.append(filtered)
    return np.array(out)


def plain(signal, times, minimum_cutoff, beta):
    """The filter of one number, written out as its authors do."""
    def weight(cutoff, step):
        tau = 1 / (2 * np.pi * cutoff)
        return 1 / (1 + tau / step)

    value, rate, out = signal[0], 0.0, [signal[0]]
    for k in range(1, len(signal)):
        step = times[k] - times[k - 1]
        a = weight(1.0, step)
        rate = a * (signal[k] - value) / step + (1 - a) * rate
        a = weight(minimum_cutoff + beta * abs(rate), step)
        value = a * signal[k] + (1 - a) * value
        out.append(value)
    return np.array(out)


def test_whole_arrays_equal_the_plain_filter_number_by_number():
    generator = np.random.default_rng(0)
    signal = generator.normal(size=(40, 3, 5, 2)).cumsum(0)
    times = np.cumsum(generator.uniform(0.01, 0.1, 40))  # uneven frames
    filtered = run(signal, times, 1.7, 0.3)
    for index in np.ndindex(3, 5, 2):
        one = (slice(None),) + index
        assert np.abs(filtered[one] - plain(signal[one], times, 1.7, 0.3)).max() < 1e-12


def test_a_constant_stays_and_the_first_value_passes():
    out = run(np.full((20, 1, 2), 3.5), np.arange(20) / RATE)
    assert np.abs(out - 3.5).max() < 1e-12


def test_jitter_at_rest_is_taken_away():
    noise = np.random.default_rng(1).normal(size=(600, 1, 4))
    out = run(noise, np.arange(600) / RATE, 0.8)
    # A first-order low-pass at 0.8 Hz passes about 2 cutoff / rate * pi / 2 of white noise's variance: 0.08.
    assert out[100:].std() < 0.4


def test_faster_signals_lag_less_with_beta():
    times = np.arange(90) / RATE
    ramp = (5 * times)[:, None, None]
    lag = [np.abs(run(ramp, times, 1.0, beta) - ramp)[-1].max() for beta in (0.0, 0.5, 5.0)]
    assert lag[0] > 2 * lag[1] > 4 * lag[2]


def test_nan_leaves_the_memory_and_the_gap_is_bridged():
    times = np.arange(10) / RATE
    signal = np.arange(10.0)[:, None, None].repeat(2, 2)
    signal[4:7, 0, 0] = np.nan
    out = run(signal, times, 1.0, 0.5)
    assert np.isnan(out[4:7, 0, 0]).all() and np.isfinite(out[:, 0, 1]).all() and np.isfinite(out[7:]).all()
    kept = [0, 1, 2, 3, 7, 8, 9]
    assert np.abs(out[kept, 0, 0] - plain(signal[kept, 0, 0], times[kept], 1.0, 0.5)).max() < 1e-12


def test_time_that_runs_back_starts_anew():
    state = fresh_state((1, 1))
    for time in (0.0, 0.1, 0.2):
        _, state = one_euro(state, np.array([[10.0]]), time, 1.0, 0.0)
    for earlier in (0.2, 0.05):
        filtered, after = one_euro(state, np.array([[-7.0]]), earlier, 1.0, 0.0)
        assert filtered[0, 0] == -7 and after.time[0, 0] == earlier and after.rate[0, 0] == 0


def test_rows_may_have_their_own_times_and_can_be_taken_and_joined():
    signal = np.random.default_rng(2).normal(size=(12, 2, 3))
    times = np.stack([np.arange(12) / 30, np.arange(12) / 10], 1)
    state, out = fresh_state((2, 3)), []
    for values, time in zip(signal, times):
        filtered, state = one_euro(state, values, time, 1.0, 0.3)
        state = concatenate([state.take([1]), state.take(np.array([True, False]))]).take([1, 0])
        out.append(filtered)
    for row in range(2):
        for k in range(3):
            wanted = plain(signal[:, row, k], times[:, row], 1.0, 0.3)
            assert np.abs(np.array(out)[:, row, k] - wanted).max() < 1e-12


def test_nobody_is_filtered_to_nobody():
    filtered, state = one_euro(fresh_state((0, 21, 3)), np.zeros((0, 21, 3)), 1.0, 1.0, 0.1)
    assert filtered.shape == (0, 21, 3) and state.value.shape == (0, 21, 3)
