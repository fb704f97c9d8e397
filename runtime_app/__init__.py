"""The domain core: a pure core and thin shells. Importing it imports nothing else."""

__version__ = "0.1.0"
