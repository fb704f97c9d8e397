"""What becomes of an output: it goes into the log; a large one, its beginning."""

from typing import Any

from runtime_app.artifacts.store import ArtifactDamaged, ArtifactStore
from runtime_app.canonical import canonical, sha256_hex
from runtime_app.errors import Unavailable
from runtime_app.tools.task import Outcome, Whole

PREVIEW_CHARS = 2_000


def kept(
    output: Any, made_safe: bool, limit_bytes: int, run_id: str, store: ArtifactStore | None
) -> Outcome:
    """How a call has ended that gave this output.

    Args:
        output: sanitized, for it may leave the database.
        limit_bytes: of its canonical JSON, in the log.

    Returns:
        Success; for an output that is too large, with `{artifact, bytes, preview}` in its place.
        Failure when the whole cannot be kept.

    Effects:
        a file in the artifact store, named by its hash: the same again is the same file.
    """
    text = canonical(output)
    raw = text.encode()
    if len(raw) <= limit_bytes:
        return Outcome("succeed", output, made_safe)
    problem = f"the output is larger than {limit_bytes} bytes"
    if store is None:
        return _failed(problem)
    try:
        name = store.put(_folder(run_id), raw)
    except (Unavailable, ArtifactDamaged) as error:
        return _failed(f"{problem}, and {error}")
    whole = Whole(bytes.fromhex(name.rpartition("/")[2]), len(raw), name)
    shown = output if isinstance(output, str) else text
    beginning = {"artifact": name, "bytes": len(raw), "preview": shown[:PREVIEW_CHARS]}
    return Outcome("succeed", beginning, made_safe, whole)


def _failed(problem: str) -> Outcome:
    return Outcome("fail", error_class="tool_error", error=problem)


def _folder(run_id: str) -> str:
    digest = sha256_hex(run_id)
    return f"outputs/{digest[:2]}/{digest}"
