"""The schema: its revisions, and how they are run."""
