"""`page`: what a local stack runs for its chat page."""

from collections.abc import Mapping
from pathlib import Path

import click

from runtime_app import __version__
from runtime_app.cli.settings import configured
from runtime_app.local.page.presets import offered
from runtime_app.local.page.relay import Relay
from runtime_app.local.page.server import Page, serve


@click.command()
@click.option("--port", type=click.IntRange(1, 65_535), required=True, help="Where it listens.")
@click.option("--api", "api_url", required=True, help="Base URL of the API.")
@click.pass_obj
def page(environ: Mapping[str, str], port: int, api_url: str) -> None:
    """Serve the chat page; a role of the local stack, and refused elsewhere.

    Whoever can open the page is a guest of the service, so it is for one's own machine only.
    """
    if environ.get("OA_ENV") != "local":
        raise click.ClickException(
            "the chat page is for a local stack only (OA_ENV=local); `make run` serves it"
        )
    config = configured(environ)
    about = {
        "models": offered(config.defaults.model),
        "apiUrl": api_url,
        "release": __version__,
    }
    with serve(port, Page(Relay(api_url, config.key_ring.keys[0]), about)) as server:
        if config.ready_file:
            Path(config.ready_file).touch()
        server.serve_forever()
