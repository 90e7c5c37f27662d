"""For oracles that need more than Python's own library."""
import os
import sys


def skip(missing):
    """Of an import that failed: runs the same script with Debian's python3, which has the packages where a python3 of
    pyenv or conda stands in front of it; where there is none, or it was tried, ends with 77 (ctest: skipped)."""
    debians = "/usr/bin/python3"
    if sys.executable != debians and os.path.exists(debians) and "KYC_NO_REEXEC" not in os.environ:
        os.environ["KYC_NO_REEXEC"] = "1"
        os.execv(debians, [debians, *sys.argv])
    print(f"skipped: {missing} is not installed (tools/setup --oracles)")
    sys.exit(77)
