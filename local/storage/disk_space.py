"""A full disk: logged once, and refused with 507."""

import errno
import logging
import time
from threading import Lock

from local.storage.errors import StorageError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CALM = 5.0  # s without a failed write before the log says that there is room again

_log = logging.getLogger(__name__)


class DiskSpace:
    """Whether writes find room, as their callers report it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last = 0.0  # by the monotonic clock; 0: there is room

    def refusal(self, error: OSError) -> StorageError:
        """The refusal for a full disk. Raises any other error."""
        if error.errno not in _FULL:
            raise error
        with self._lock:
            is_news, self._last = not self._last, time.monotonic()
        if is_news:
            _log.error("The disk is full: uploads are refused, and photos wait until there is room")
        return StorageError(507, "insufficientStorage", "There is no room left on the disk.")

    def written(self) -> None:
        """Something was written."""
        with self._lock:
            is_news = self._last and time.monotonic() - self._last > _CALM
            if is_news:
                self._last = 0.0
        if is_news:
            _log.warning("There is room on the disk again")
