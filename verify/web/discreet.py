"""What an application's log says of its own faults: the kind and the route, nothing of what was asked.

A path may hold a serial or a family's link, and an exception's message what somebody sent.
"""

from __future__ import annotations

from types import TracebackType

from flask import Flask, request


class DiscreetFlask(Flask):
    """An application that logs an exception without path, message and trace."""

    def log_exception(
        self,
        exc_info: tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        """Log the kind of an exception, and which route it ended."""
        self.logger.error("request failed: %s in %s", getattr(exc_info[0], "__name__", "?"), request.endpoint)
