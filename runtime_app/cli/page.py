"""`page`: what a local stack runs for its chat page."""

from collections.abc import Mapping
from pathlib import Path

import click

from runtime_app import __version__
from runtime_app.local.page.presets import offered
from runtime_app.local.page.relay import Relay
from runtime_app.local.page.server import Page, serve
from runtime_app.security.key_ring import KeyRing


@click.command()
@click.option("--port", type=click.IntRange(1, 65_535), required=True, help="Where it listens.")
@click.option("--api", "api_url", required=True, help="Base URL of the API.")
@click.option("--model", required=True, help="The model that the picker begins with.")
@click.pass_obj
def page(environ: Mapping[str, str], port: int, api_url: str, model: str) -> None:
    """Serve the chat page, a role of the local stack.

    Refused elsewhere. Whoever can open the page is a guest of the service, so it is for one's own
    machine only.
    """
    if environ.get("OA_ENV") != "local":
        raise click.ClickException(
            "the chat page is for a local stack only (OA_ENV=local); `make run` serves it"
        )
    try:
        key = KeyRing.parse(environ.get("OA_SIGNING_KEYS", "")).keys[0]
    except ValueError as error:
        raise click.ClickException(f"OA_SIGNING_KEYS {error}") from error
    about = {"models": offered(model), "apiUrl": api_url, "release": __version__}
    with serve(port, Page(Relay(api_url, key), about)) as server:
        if ready_file := environ.get("OA_READY_FILE"):
            Path(ready_file).touch()
        server.serve_forever()
