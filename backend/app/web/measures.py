"""`/metrics` for Prometheus: what was counted, and what serves each stage just now."""

from collections.abc import Callable, Iterator, Mapping

from fastapi import APIRouter, Response
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from app.metrics import Metrics
from app.ports import ProviderHealth, Service
from app.web.access import METRICS


class ProviderGauges(Collector):
    """Reads the providers' health whenever Prometheus asks."""

    def __init__(self, health: Callable[[], Mapping[Service, ProviderHealth]]) -> None:
        self._health = health

    def describe(self) -> list[GaugeMetricFamily]:
        """Return nothing: the names are known without asking."""
        return [_gauge()]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauge."""
        gauge = _gauge()
        for service, health in self._health().items():
            labels = [service, health.provider, health.serving, "yes" if health.is_mock else "no"]
            gauge.add_metric(labels, float(health.state == "ready"))
        yield gauge


def metrics_routes(metrics: Metrics, health: Callable[[], Mapping[Service, ProviderHealth]]) -> APIRouter:
    """Return the route."""
    metrics.registry.register(ProviderGauges(health))
    router = APIRouter()

    @router.get(METRICS, response_model=None)
    async def show() -> Response:
        return Response(metrics.render(), media_type=metrics.content_type)

    return router


def _gauge() -> GaugeMetricFamily:
    return GaugeMetricFamily(
        "kaiwa_provider_ready",
        "1 while something serves this stage; a mock and a fallback are called so",
        labels=["service", "provider", "serving", "mock"],
    )
