"""pgbench of the local stack's own server: what the server can do without us."""

import re
import subprocess
import tempfile

import psycopg2

from runtime_app.local import postgres_programs


def per_s(url: str, script: str, clients: int, seconds: int) -> float:
    """How often a second `clients` connections together run the script."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        options = ["-n", "-M", "prepared", "-f", file.name, "-T", str(seconds)]
        threads = str(min(2, clients))
        command = [postgres_programs.find()["pgbench"], *options, "-c", str(clients), "-j", threads]
        done = subprocess.run([*command, url], capture_output=True, text=True, check=True)
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert found is not None, done.stdout
    return float(found.group(1))


def execute(url: str, statement: str) -> None:
    """One statement, committed."""
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()
