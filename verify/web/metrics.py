"""What the portal counts of itself, for Prometheus: verdicts, times, refusals, the record's age; no serial, no name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from time import perf_counter

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from schemas.verdict import Verdict
from verify.desk.outcome import Outcome
from verify.messages import CONTENT_LATER
from verify.verifier import Verifier

_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 6, 10)


class Metrics:
    """The counters of one application; `shared` adds up those of all its processes (gunicorn.conf.py says how)."""

    def __init__(self, verifier: Verifier, *, now: Callable[[], datetime], shared: bool = False) -> None:
        """Begin at zero."""
        self._shared = shared
        self._registry = CollectorRegistry()
        self._state = _State(verifier, now)
        self.verdicts = Counter(
            "hocba_verify_verdicts", "Verdicts given.", ("subject", "verdict"), registry=self._registry
        )
        self.refused = Counter(
            "hocba_verify_refused",
            "Requests refused: too many, no room, an unknown token, malformed, or our own fault.",
            ("status",),
            registry=self._registry,
        )
        self.shed = Counter(
            "hocba_verify_shed",
            "What there was no room for: an upload, a file unknown to the record, the content of a known one.",
            ("what",),
            registry=self._registry,
        )
        self.seconds = Histogram(
            "hocba_verify_request_seconds",
            "Time to answer, by route.",
            ("route",),
            buckets=_BUCKETS,
            registry=self._registry,
        )

    def text(self) -> bytes:
        """Return everything in the text format of Prometheus."""
        registry = self._registry
        if self._shared:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        state = CollectorRegistry()
        state.register(self._state)
        return generate_latest(registry) + generate_latest(state)


class _State(Collector):
    def __init__(self, verifier: Verifier, now: Callable[[], datetime]) -> None:
        self._verifier, self._now = verifier, now

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield what stands now: how old and how long the record is, and when the trust root ends."""
        view, trust = self._verifier.view(), self._verifier.trust
        clock = view.checkpoint.clock_time if view else None
        if view is not None:
            yield GaugeMetricFamily("hocba_record_entries", "Entries of the record.", value=view.size)
        if clock is not None:
            age = self._now().timestamp() - clock
            yield GaugeMetricFamily("hocba_record_age_seconds", "Age of the record's checkpoint.", value=age)
        end = trust.expires_at.timestamp()
        yield GaugeMetricFamily(
            "hocba_trust_root_expires_timestamp_seconds", "When the trust root ends.", value=end
        )


def note_verdict(verdict: Verdict) -> None:
    """Have a verdict counted that this request gives."""
    g.setdefault("verdicts", []).append((verdict.subject, verdict.verdict.value))
    if any(check.detail.en == CONTENT_LATER.en for check in verdict.checks):
        note_shed("content")


def note_outcome(outcome: Outcome) -> None:
    """Have the verdict on a document at the desk counted."""
    g.setdefault("verdicts", []).append((outcome.subject, outcome.verdict.value))
    if outcome.reason and outcome.reason.en == CONTENT_LATER.en:
        note_shed("content")


def note_shed(what: str) -> None:
    """Have it counted that there was no room for something: `upload`, `file` or `content`."""
    g.setdefault("shed", []).append(what)


def register_metrics(app: Flask, metrics: Metrics) -> None:
    """Count every request."""
    # The library takes a lock to find a counter by its labels; there are few of each.
    verdicts, seconds = cache(metrics.verdicts.labels), cache(metrics.seconds.labels)

    @app.before_request
    def _begin() -> None:
        g.began = perf_counter()

    @app.after_request
    def _end(response: Response) -> Response:
        for subject, verdict in g.get("verdicts", ()):
            verdicts(subject, verdict).inc()
        for what in g.get("shed", ()):
            metrics.shed.labels(what).inc()
        if response.status_code >= 400:
            metrics.refused.labels(str(response.status_code)).inc()
        if "began" in g and request.endpoint is not None:
            seconds(request.endpoint).observe(perf_counter() - g.began)
        return response
