"""With which code the program ends, and what that means. Knows nothing else."""

from __future__ import annotations

from typing import Final

DELIVERED: Final = 0
FAILED: Final = 1
WRONG_USE: Final = 2
SIGNALLED: Final = 128
"""Plus the number of the signal."""

INTERRUPTED: Final = 130
UNREAD: Final = 141

EXIT_CODES: Final = """\
exit codes:
  0    everything was delivered
  1    no connection, refused, or something was not delivered: the reason is on stderr
  2    the command line or the file of defaults makes no sense
  129  the terminal was closed (SIGHUP)
  130  Ctrl-C
  141  nobody reads what is printed any more
  143  SIGTERM; for other signals 128 and their number as well
"""
