"""The way out: every request whose address a user or a model has a say in.

Who decides: `hosts` and `destination` read the address, the allowlists say whether it may be asked,
`addresses` whether what its name resolves to is public, `fetch` puts them in order and follows
redirects through the same gate, `wire` keeps the connection to what was checked.

What is promised:

- A host is on every allowlist that applies before anything is asked of DNS.
- A name is resolved once per hop. The connection goes to an address from that one answer, all of
  which were checked; TLS and the Host header still name the host. There is no second lookup that
  could be answered differently.
- An address that is not public is never connected to, however it is written or wrapped.
- A redirect is another destination: it passes the same gate, at most three times.
- A credential belongs to one origin and goes nowhere else; a redirect away from there is refused.
- Nothing is taken from the environment: no proxy variable, no netrc, no cookie.
- Time, bytes, headers and what a compressed body may grow to are bounded. Past a bound the answer
  is refused as a whole.

Every refusal has a code from the table in `refusal`; docs/EGRESS.md prints it.
"""
