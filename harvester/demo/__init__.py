"""The demo course: invented groups as real git repositories, so that a fresh clone has something to harvest."""

from harvester.demo.course import build_demo

__all__ = ["build_demo"]
