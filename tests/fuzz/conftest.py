"""Hypothesis without surprises: the same cases every time, and no folder of its own."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "face_module",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("face_module")
