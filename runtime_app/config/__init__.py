"""The settings of a process: a table, what its values may say, and what the rooms are given."""

from runtime_app.config.config import Config
from runtime_app.config.reading import BadSettings
from runtime_app.config.setting import Setting
from runtime_app.config.table import SETTINGS

__all__ = ["SETTINGS", "BadSettings", "Config", "Setting"]
