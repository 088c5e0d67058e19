"""The contracts' own tests run against the embedded system."""

from support.fixtures import *  # noqa: F401, F403 (pytest finds fixtures by their names here)
