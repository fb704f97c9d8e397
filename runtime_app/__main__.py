"""`python -m runtime_app …` and `oa-runtime …`: the operator's command line."""

import os

from runtime_app.cli import cli


def main() -> None:
    """Run the command line with this process's environment."""
    cli(obj=dict(os.environ), prog_name="oa-runtime")


if __name__ == "__main__":
    main()
