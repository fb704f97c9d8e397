"""`demo`: one run with a tool call, its stream as it comes, then its receipt."""

import json
import secrets
import sys
from collections.abc import Mapping
from typing import Any

import click

from runtime_app.cli.settings import local_stack
from runtime_app.client import Client, NoAnswer, Refused
from runtime_app.clock import SystemClock
from runtime_app.local import background
from runtime_app.local.errors import StackError
from runtime_app.local.settings import LocalSettings
from runtime_app.local.stack import StackState
from runtime_app.security.key_ring import SigningKey
from runtime_app.security.principal import Principal
from runtime_app.sse import SseEvent

USER_ID = 1


@click.command()
@click.argument("text", default="What time is it?")
@click.pass_obj
def demo(environ: Mapping[str, str], text: str) -> None:
    """One run with a tool call, streamed here, and its receipt.

    Sends TEXT to the local stack; starts the stack when it is not up, and leaves it up. Exit code 1
    when the run does not complete.
    """
    state = local_stack(environ) or _start(environ)
    key = SigningKey(state.signing_key_id, state.signing_key.encode())
    client = Client(state.base_url, key, Principal(user_id=USER_ID))
    run_id = f"demo-{secrets.token_hex(6)}"
    names = {"run_id": run_id, "thread_id": f"thread-{run_id}"}
    click.echo(f"run {run_id} at {state.base_url}")
    click.echo(f"user: {text}")
    body = {
        "run": names,
        "frame": {"frame_id": "f1", "type": "user_message", "payload": {"text": text}},
    }
    try:
        for event in client.stream("POST", "/runs/stream", body=body, **names):
            _show(event)
        completed = _receipt(client, **names)
    except (NoAnswer, Refused) as error:
        raise click.ClickException(str(error)) from error
    if not completed:
        sys.exit(1)


def _start(environ: Mapping[str, str]) -> StackState:
    click.echo("starting the local stack (it stays up; `make down` stops it) …")
    argv = [sys.executable, "-m", "runtime_app", "up"]
    try:
        home = LocalSettings.from_environ(environ).home
        return background.start(home, argv, environ, SystemClock())
    except StackError as error:
        raise click.ClickException(str(error)) from error


def _show(event: SseEvent) -> None:
    if event.data == "[DONE]":
        return
    part = json.loads(event.data)
    match part["type"]:
        case "start":
            click.echo("assistant: ", nl=False)
        case "text-delta":
            click.echo(part["delta"], nl=False)
        case "text-end":
            click.echo()
        case "tool-input-available":
            click.echo(f"[tool call {part['toolName']} {json.dumps(part['input'])}]")
        case "tool-output-available":
            click.echo(f"[tool result {json.dumps(part['output'])}]")
        case "tool-output-error" | "error":
            click.echo(f"[error {part['errorText']}]")
        case "finish":
            click.echo(f"[finish {part['finishReason']}]")
        case "abort":
            click.echo("[cancelled]")


def _receipt(client: Client, run_id: str, thread_id: str) -> bool:
    """Print it; whether the run has completed and its chain holds."""
    query = f"?thread_id={thread_id}"
    run = _get(client, f"/runs/{run_id}/snapshot{query}", run_id, thread_id)
    chain = _get(client, f"/runs/{run_id}/integrity{query}", run_id, thread_id)
    usage = run["usage"]
    model = run["model"] + (" (scripted, no real model)" if "scripted" in run["model"] else "")
    verified = "chain verified" if chain["verified"] else f"chain BROKEN at {chain['brokenAt']}"
    click.echo("\nreceipt")
    click.echo(f"  run     {run_id}: {run['status']}")
    click.echo(f"  model   {model}")
    click.echo(f"  events  {run['latestSeq']}, {verified}, head {chain['head'][:16]}…")
    click.echo(
        f"  usage   {usage['inputTokens']} tokens in, {usage['outputTokens']} out, "
        f"{usage['modelCalls']} model calls, {usage['toolCalls']} tool calls"
    )
    cost = "0 (scripted)" if "scripted" in run["model"] else "not priced yet"
    click.echo(f"  cost    {cost}")
    return run["status"] == "completed" and chain["verified"]


def _get(client: Client, path: str, run_id: str, thread_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.call("GET", path, run_id=run_id, thread_id=thread_id)
    return answer
