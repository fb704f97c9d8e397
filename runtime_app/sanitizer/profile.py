"""How much is taken out."""

from enum import Enum


class Profile(Enum):
    """What a sink may not hold.

    SECRETS: credentials. PRIVATE: credentials and direct identifiers of people.
    """

    SECRETS = "secrets"
    PRIVATE = "private"
