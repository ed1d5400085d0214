"""One slot between the executor and the inference: the newest frame wins, the overwritten ones are counted."""

import threading


class NewestFrame:
    """Calls `work(frame)` in a thread of its own, always with the newest frame put.

    Args:
        work: called with one frame at a time.
        on_failure: called with an exception that `work` raised; the thread goes on with the next frame.

    Attributes:
        dropped: frames that a newer one replaced before they were worked on.
    """

    def __init__(self, work, on_failure):
        self.dropped = 0
        self._work = work
        self._on_failure = on_failure
        self._frame = None
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="inference", daemon=True)
        self._thread.start()

    def put(self, frame):
        """Leaves `frame` for the thread; never waits."""
        with self._changed:
            if self._frame is not None:
                self.dropped += 1
            self._frame = frame
            self._changed.notify()

    def close(self, timeout=5.0):
        """Ends the thread after the frame it is at; a frame still in the slot is dropped."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(timeout)

    def _run(self):
        while True:
            with self._changed:
                while self._frame is None and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return
                frame, self._frame = self._frame, None
            try:
                self._work(frame)
            except Exception as error:  # the node must outlive any one frame; on_failure makes it heard
                self._on_failure(error)
