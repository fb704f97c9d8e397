"""Declarative signatures: what goes into a model call and what comes out, and what came of it.

- **Signature.** Names its input and output by JSON Schema, under an id that ends in a version.
  What stands under an id never changes; a test holds every one to its hashes.
- **Artifact.** One frozen way to ask: instructions, demos, decode settings, strategy. It is named
  by the hash of its content, and each signature's own way is one.
- **Hashes.** Over RFC 8785 text, with a tag in front that says what kind of thing is hashed, so
  that two kinds never share one.
"""
