"""As much of curl as the README uses, for machines that have none."""

import argparse
import sys

import requests

parser = argparse.ArgumentParser()
parser.add_argument("url")
parser.add_argument("-s", "--silent", action="store_true")
parser.add_argument("--show-error", action="store_true")
parser.add_argument("-N", "--no-buffer", action="store_true")
parser.add_argument("-H", "--header", action="append", default=[])
parser.add_argument("-d", "--data")

if __name__ == "__main__":
    given = parser.parse_args()
    response = requests.request(
        "GET" if given.data is None else "POST",
        given.url,
        headers=dict(header.split(": ", 1) for header in given.header),
        data=given.data and given.data.encode(),
        timeout=60,
    )
    sys.stdout.buffer.write(response.content)
