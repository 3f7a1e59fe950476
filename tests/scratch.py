"""Prints the folder tests are to write in: in memory where there is plenty, a tenth faster."""

import shutil
from pathlib import Path

import psutil

NEEDED = 14_000_000_000
"""Bytes: the homes of a whole run take some 8 GB."""
IN_MEMORY = Path("/dev/shm")


def scratch() -> Path:
    """In memory, or else where temporary files go, by a short path."""
    if IN_MEMORY.is_dir():
        room = min(psutil.virtual_memory().available, shutil.disk_usage(IN_MEMORY).free)
        if room > NEEDED:
            return IN_MEMORY
    return Path("/tmp")


if __name__ == "__main__":
    print(scratch())
