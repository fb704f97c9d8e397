"""The continuity kit as a command: `python3 -m tests.conformance.run_stream URL`."""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from tests.conformance import stream
from tests.conformance.stream_reader import Fault, Subject
from tests.conformance.stream_signer import signer

SECRET = "OA_KIT_SECRET"


def main(argv: Sequence[str]) -> int:
    """0 when every promise that was asked about is kept, 1 when one is not, 2 for a wrong call."""
    asked = _arguments().parse_args(argv)
    secret = os.environ.get(SECRET, "").encode()
    if not secret:
        sys.stderr.write(f"{SECRET} must hold the secret of a signing key of {asked.url}\n")
        return 2
    subject = Subject(
        asked.url.rstrip("/"),
        signer(secret, asked.user, asked.key),
        asked.model,
        asked.slow_model,
        _command(asked.restart),
        _command(asked.drop_listener),
        asked.patience_s,
    )
    needs: dict[stream.Promise, str] = {promise: hook for hook, promise in stream.WITH_HOOKS}
    wanted = [
        promise
        for promise in (*stream.PROMISES, *needs)
        if not asked.only or promise.__name__ in asked.only
    ]
    kept = []
    for promise in wanted:
        hook = needs.get(promise)
        if hook is None or getattr(subject, hook) is not None:
            kept.append(_keeps(subject, promise))
        else:
            print(f"left out  {promise.__name__} (needs --{hook.replace('_', '-')})")
    print(f"{sum(kept)} of {len(kept)} promises are kept")
    return 0 if kept and all(kept) else 1


def _keeps(subject: Subject, promise: stream.Promise) -> bool:
    began_s = time.monotonic()
    try:
        promise(subject)
    except Fault as fault:
        print(f"BROKEN    {promise.__name__}: {fault}")
        return False
    except OSError as error:
        print(f"UNASKED   {promise.__name__}: the service does not answer: {error}")
        return False
    print(f"kept      {promise.__name__} ({time.monotonic() - began_s:.1f} s)", flush=True)
    return True


def _command(line: str | None) -> Callable[[], None] | None:
    """A hook that runs a command of the shell and waits for it."""
    if line is None:
        return None
    return lambda: subprocess.run(line, shell=True, check=True, stdout=sys.stderr) and None


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m tests.conformance.run_stream",
        description="Ask a service whether its streams keep what the contract promises.",
        epilog=f"{SECRET} in the environment is the secret of one of the service's signing keys.",
    )
    add = parser.add_argument
    add("url", help="where the service is, such as http://127.0.0.1:4000")
    add("--user", type=int, default=1, help="the user that the kit's runs belong to")
    add("--key", default="", help="the id of the key")
    add("--model", default=Subject.model, help="answers at once, in several pieces")
    add("--slow-model", default=Subject.slow_model, help="answers for a second or longer")
    add("--restart", metavar="COMMAND", help="kills what serves streams; ends when another serves")
    add("--drop-listener", metavar="COMMAND", help="cuts what tells it of new events")
    add("--patience-s", type=float, default=Subject.patience_s, help="after which nothing comes")
    add("--only", action="append", default=[], metavar="PROMISE", help="ask about this alone")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
