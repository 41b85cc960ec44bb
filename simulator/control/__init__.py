"""Those who steer a module: the control interface and scenarios."""

from .interface import Control

__all__ = ["Control"]
