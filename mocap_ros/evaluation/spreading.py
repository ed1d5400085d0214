"""The same function over many arguments: here, in several processes, or on the machines of a Dask cluster."""

from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
import os

from mocap_ros.datatypes.errors import DeviceError, needing_extra


def spread(function, arguments, processes=1, cluster=""):
    """Yields (position, function(argument)) as results come; positions come in any order.

    Args:
        function: picklable, and a function of its argument alone, so that the result is the same everywhere.
        arguments: sequence of picklable arguments.
        processes: processes of this machine; 1 computes here.
        cluster: address of a running Dask scheduler, such as tcp://10.0.0.1:8786; it takes the place of `processes`.
            The scheduler and its workers have this package, and the workers see the same files.

    Raises:
        DeviceError: no Dask installed, no scheduler at that address, or one without this package.
    """
    if cluster:
        yield from _on_cluster(function, arguments, cluster)
    elif processes > 1 and len(arguments) > 1:
        # Spawned, not forked: the networks' engine has threads, which a fork would tear.
        with ProcessPoolExecutor(min(processes, len(arguments)), mp_context=get_context("spawn"),
                                 initializer=_quiet) as pool:
            waiting = {pool.submit(function, argument): position for position, argument in enumerate(arguments)}
            try:
                for done in as_completed(waiting):
                    yield waiting[done], done.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    else:
        for position, argument in enumerate(arguments):
            yield position, function(argument)


def _on_cluster(function, arguments, address):
    """`spread` over Dask."""
    with needing_extra("--cluster", "cluster"):
        from dask.distributed import Client, as_completed as as_computed
    try:
        client = Client(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise DeviceError(f"no Dask scheduler at {address} ({str(error).splitlines()[0]})") from None
    with client:
        tasks = [client.submit(function, argument, pure=False) for argument in arguments]
        positions = {task.key: position for position, task in enumerate(tasks)}
        try:
            for task, result in as_computed(tasks, with_results=True):
                yield positions[task.key], result
        except RuntimeError as error:  # how Dask says that the other side cannot read what was sent
            raise DeviceError(f"the Dask cluster at {address} cannot run this: is the package installed on its "
                              f"scheduler and on every worker? ({str(error).splitlines()[0]})") from error


def _quiet():
    """A worker process leaves Ctrl-C to its parent, and lets OpenCV use one thread."""
    import signal

    import cv2

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    os.environ["OMP_NUM_THREADS"] = "1"
