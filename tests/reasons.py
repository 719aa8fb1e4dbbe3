"""Why the system refuses something, in its own words: each C library has others."""

import os
from errno import EACCES, EADDRINUSE, EEXIST, EISDIR, ENOENT
from typing import Final

NO_SUCH_FILE: Final = os.strerror(ENOENT)
FILE_EXISTS: Final = os.strerror(EEXIST)
IS_A_FOLDER: Final = os.strerror(EISDIR)
NOT_PERMITTED: Final = os.strerror(EACCES)
ADDRESS_IN_USE: Final = os.strerror(EADDRINUSE)
