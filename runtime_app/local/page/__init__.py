"""The chat page of a local stack: a role of its own, for development only.

Who is authoritative: the API. The page is a client of it like any other; what this role adds is the
signature that a control plane would make. It holds the signing key, and the browser never sees it.

What is promised:

- It runs where OA_ENV is `local` and nowhere else; the web tier neither contains nor imports it.
- It listens on loopback, and answers requests of its own origin only: another site that a browser
  has open, or a name that was made to point here, is refused.
- A browser speaks as one guest, made at its first visit and kept in a cookie that scripts cannot
  read. Only the routes in `routes` are passed on, as that guest.
- Nothing is loaded from elsewhere, and no text of a user, model or tool becomes markup.
"""
