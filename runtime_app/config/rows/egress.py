"""The settings of the way out."""

from runtime_app.config.kinds import names
from runtime_app.config.rows.users import WITH_CHILDREN, WITH_TOOLS
from runtime_app.config.setting import Setting
from runtime_app.egress.allowlist import Allowlist
from runtime_app.egress.proxy import Proxy
from runtime_app.egress.secret import parse_credentials

EGRESS: tuple[Setting, ...] = (
    Setting(
        "OA_EGRESS_ALLOW",
        Allowlist.parse,
        "",
        "The hosts that tools may ask, comma separated: names, *.name for all below it. "
        "Default: none.",
    ),
    Setting(
        "OA_EGRESS_PROXY",
        Proxy.parse,
        "",
        "The proxy through which tools and notices go out, and calls of models at https addresses: "
        "http://[user:password@]host:port. Default: none.",
        True,
        ("worker-runs", *WITH_CHILDREN),
    ),
    Setting(
        "OA_EGRESS_CREDENTIALS",
        parse_credentials,
        "",
        "What tools may show to an origin, as JSON: "
        '{"name": {"origin": "https://…", "header": …, "value": …}}. Default: none.',
        True,
        WITH_TOOLS,
    ),
    Setting(
        "OA_EGRESS_LOGINS",
        names,
        "",
        "Which of these credentials a model may name as the `login` of an http.get, "
        "comma separated. Default: none.",
        False,
        ("worker-runs", *WITH_TOOLS),
    ),
)
