"""Ties a program to the life of the one that starts it: `tether.py PARENT_PID SIGNAL COMMAND...`.

The kernel sends SIGNAL to the program as soon as its parent is gone, however that went. The wish survives
`exec`, so this file does nothing but state it and become the program. It imports nothing of ours, to be quick.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """State the wish, then become the command."""
    parent, number, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number))
    if os.getppid() != int(parent):
        # The parent was gone before the wish was stated.
        os.kill(os.getpid(), signal.SIGKILL)
    os.execvp(command[0], command)  # noqa: S606 - the command is the supervisor's own, and no shell is wanted


if __name__ == "__main__":
    main()
