"""Files outside the database, each under the hash of what is in it.

- **Where.** One place, a URL that fsspec reads: `file://` of a disk, or the bucket of a cloud whose
  package is installed (the extras `gcs` and `s3`). Its host comes from settings alone.
- **Written once.** A name ends with the SHA-256 of its content. Whoever writes the same again
  changes nothing; other content has another name. Nothing here overwrites or removes.
- **Checked when read.** Content that is not what its name says is an error, never an answer.
- **All or nothing.** A file gets its name in one move, after its bytes are on the disk: who lists a
  folder sees whole files. The name is on the disk too before `put` returns.
"""
