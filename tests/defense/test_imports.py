from __future__ import annotations

import subprocess
import sys

HEAVY = ("cv2", "keras", "PIL", "pywt", "skimage", "tensorflow")


def test_importing_the_package_loads_nothing_heavy() -> None:
    program = f"import sys, defense; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
