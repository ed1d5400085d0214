"""A thread that works on everything it is given, in order, beside the one that gives it."""

import queue
import threading

WAITING = 1  # items beside the one being worked on; more would only grow old


class WorkInOrder:
    """Calls `work(item)` in a thread of its own, one item after another.

    Args:
        work: called with each item put.
        on_failure: called with an exception that `work` raised; the thread goes on with the next item.
    """

    def __init__(self, work, on_failure):
        self._work = work
        self._on_failure = on_failure
        self._items = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._run, name="results", daemon=True)
        self._thread.start()

    def put(self, item):
        """Leaves an item for the thread; waits while WAITING others do."""
        self._items.put((item,))

    def wait(self):
        """Waits until all that was put is done."""
        self._items.join()

    def close(self, timeout=5.0):
        """Ends the thread after all that was put."""
        self._items.put(None)
        self._thread.join(timeout)

    def _run(self):
        for (item,) in iter(self._items.get, None):
            try:
                self._work(item)
            except Exception as error:  # the node must outlive any one item; on_failure makes it heard
                self._on_failure(error)
            finally:
                self._items.task_done()
