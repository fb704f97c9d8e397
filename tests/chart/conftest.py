"""The chart, rendered once for each of its values files."""

from collections.abc import Iterator, Mapping

import pytest

from tests.support.chart import VALUES, Chart, Document, rendering, values_of


@pytest.fixture(scope="session")
def chart() -> Iterator[Chart]:
    with rendering() as running:
        yield running


@pytest.fixture(scope="session")
def rendered(chart: Chart) -> Mapping[str, list[Document]]:
    """Values file -> documents."""
    return {name: chart.render(values_of(name)) for name in VALUES}


@pytest.fixture(params=VALUES)
def documents(request: pytest.FixtureRequest, rendered: Mapping[str, list[Document]]) -> list:
    """The documents of one values file; the test is run for each."""
    return rendered[request.param]
