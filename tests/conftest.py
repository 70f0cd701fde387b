"""What all tests share."""

import os

from hypothesis import settings

# No deadlines, since machines are shared; in CI the same examples each time.
settings.register_profile("project", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("project")

# Programs that tests start import the installed matcalc, not what lies in the folder of the start.
os.environ["PYTHONSAFEPATH"] = "1"
