"""Hypothesis everywhere: no deadlines, since machines are shared, and in CI the same examples."""

import os

from hypothesis import settings

settings.register_profile("project", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("project")
