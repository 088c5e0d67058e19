"""The end-to-end tests use the fixtures that both kinds share."""

from support.fixtures import *  # noqa: F401, F403 (pytest finds fixtures by their names here)
