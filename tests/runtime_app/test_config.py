"""The settings: read once, every bad value named together, nothing secret told."""

import pytest

from runtime_app import __version__
from runtime_app.config import SETTINGS, BadSettings, Config
from runtime_app.egress.allowlist import NO_HOST
from runtime_app.egress.proxy import Proxy
from runtime_app.leases.lease import LeasePolicy
from runtime_app.roles import DEPLOYED, JOBS, Peer
from runtime_app.runs.caps import Caps

SECRET = "hush-hush-hush-hush"
LEAST = {
    "DATABASE_URL": "postgresql://u:db-password@localhost/x",
    "OA_BROKER_URL": "redis://:broker-password@localhost",
    "OA_SIGNING_KEYS": f"k1:{SECRET}",
    "OA_SANITIZER_KEYS": f"k:{SECRET * 2}",
}


def problems(**environ: str) -> list[str]:
    """The complaints about the least environment with these on top."""
    with pytest.raises(BadSettings) as caught:
        Config.from_env({**LEAST, **environ})
    return str(caught.value).splitlines()


def test_four_settings_are_enough():
    config = Config.from_env(LEAST)
    assert config.database.url == config.database.direct_url == LEAST["DATABASE_URL"]
    assert config.defaults.model == "scripted/demo"
    assert config.defaults.caps == Caps()
    assert config.defaults.code_version == __version__
    assert config.lease_policy == LeasePolicy()
    assert config.require_request_binding is True


def test_an_empty_environment_names_all_that_is_missing():
    with pytest.raises(BadSettings) as caught:
        Config.from_env({})
    lines = str(caught.value).splitlines()
    assert [line.partition(" ")[0] for line in lines] == list(LEAST)
    assert all(" is missing: " in line for line in lines)


@pytest.mark.parametrize(
    ("role", "wanted"),
    [
        ("web", list(LEAST)),
        ("worker-runs", ["DATABASE_URL", "OA_BROKER_URL", "OA_SANITIZER_KEYS"]),
        ("flower", ["OA_BROKER_URL", "OA_SANITIZER_KEYS"]),
        ("migrate", ["DATABASE_URL", "OA_SANITIZER_KEYS"]),
    ],
)
def test_a_role_starts_with_what_it_uses_and_no_less(role, wanted):
    own = {"OA_ROLE": role, **{name: LEAST[name] for name in wanted}}
    assert Config.from_env(own).role == role
    for name in wanted:
        with pytest.raises(BadSettings, match=f"^{name} is missing"):
            Config.from_env({**own, name: ""})


@pytest.mark.parametrize(
    ("name", "peer"), [("DATABASE_URL", Peer.POSTGRES), ("OA_BROKER_URL", Peer.BROKER)]
)
def test_a_server_is_told_to_the_roles_that_need_it(name, peer):
    (setting,) = (setting for setting in SETTINGS if setting.name == name)
    needing = {role.name for role in (*DEPLOYED, *JOBS) if peer in role.needs}
    assert set(setting.roles) == needing


def test_every_role_that_a_setting_names_is_in_the_table_of_roles():
    named = {role for setting in SETTINGS for role in setting.roles}
    assert named <= {role.name for role in (*DEPLOYED, *JOBS)}


def test_a_role_that_verifies_no_token_believes_no_key():
    own = {name: value for name, value in LEAST.items() if name != "OA_SIGNING_KEYS"}
    assert Config.from_env({**own, "OA_ROLE": "worker-runs"}).key_ring.keys == ()


def test_only_executors_need_the_models_key():
    chosen = {**LEAST, "OA_DEFAULT_MODEL": "openai/x"}
    assert Config.from_env({**chosen, "OA_ROLE": "web"}).defaults.model == "openai/x"
    for role in ("worker-runs", ""):
        with pytest.raises(BadSettings, match="needs OPENAI_API_KEY"):
            Config.from_env({**chosen, "OA_ROLE": role})


def test_all_bad_settings_are_named_together():
    assert problems(DATABASE_URL="mysql://x", OA_CAP_STEPS="0", OA_LOG_LEVEL="LOUD") == [
        "DATABASE_URL must be a postgresql:// URL",
        "OA_CAP_STEPS must be a whole number from 1 to 10000, not '0'",
        "OA_LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, not 'LOUD'",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("OA_BROKER_URL", "amqp://x"),
        ("OA_DATABASE_DIRECT_URL", "localhost"),
        ("OA_SIGNING_KEYS", "k1:short"),
        ("OA_SIGNING_KEYS", "no colon"),
        ("OA_SANITIZER_KEYS", f"k:{SECRET}"),
        ("OA_SANITIZER_KEYS", f"key:{SECRET * 2}"),
        ("OA_AUTH_REQUIRE_REQUEST_BINDING", "maybe"),
        ("OA_MAX_BODY_BYTES", "1e6"),
        ("OA_DATABASE_POOL", "-1"),
        ("OA_CAP_TOKENS", "٣"),
        ("OA_CAP_TOKENS", "9" * 5000),
        ("OA_LEASE_TTL_S", "nan"),
        ("OA_LEASE_TTL_S", "inf"),
        ("OA_DRAIN_S", "soon"),
        ("OA_EGRESS_ALLOW", "*"),
        ("OA_EGRESS_ALLOW", "https://example.com"),
        ("OA_EGRESS_PROXY", "proxy:3128"),
        ("OA_EGRESS_CREDENTIALS", "mine=hush"),
    ],
)
def test_a_bad_value_is_named_with_its_remedy(name, text):
    (line,) = problems(**{name: text})
    assert line.startswith(f"{name} ")


def test_a_lease_is_renewed_twice_before_it_ends():
    complaint = "OA_LEASE_HEARTBEAT_S must be at most half of OA_LEASE_TTL_S"
    assert problems(OA_LEASE_TTL_S="8", OA_LEASE_HEARTBEAT_S="4.1") == [complaint]
    lowest = Config.from_env({**LEAST, "OA_LEASE_TTL_S": "8", "OA_LEASE_HEARTBEAT_S": "4"})
    assert lowest.lease_policy == LeasePolicy(8, 4)


def test_nothing_may_be_asked_unless_it_is_allowed():
    assert Config.from_env(LEAST).egress_allow == NO_HOST
    given = {
        "OA_EGRESS_ALLOW": "api.example.com, *.example.org",
        "OA_EGRESS_PROXY": "http://proxy:3128",
        "OA_EGRESS_CREDENTIALS": '{"it": {"origin": "https://api.example.com", '
        '"header": "X-Key", "value": "hush-hush"}}',
    }
    config = Config.from_env({**LEAST, **given})
    assert config.egress_allow.allows("a.example.org")
    assert config.egress_proxy == Proxy("proxy", 3128)
    assert config.egress_credentials["it"].origin == "https://api.example.com:443"


def test_an_empty_value_counts_as_not_given():
    config = Config.from_env({**LEAST, "OA_CAP_STEPS": "", "OPENAI_API_KEY": ""})
    assert config.defaults.caps.steps == 32
    assert config.defaults.model == "scripted/demo"


def test_a_key_for_a_real_model_makes_it_the_default():
    keyed = {**LEAST, "OPENAI_API_KEY": "sk-x"}
    assert Config.from_env(keyed).defaults.model == "openai/gpt-4o-mini"
    other = {**LEAST, "ANTHROPIC_API_KEY": "sk-x"}
    assert Config.from_env(other).defaults.model == "anthropic/claude-haiku-4-5"
    assert Config.from_env({**keyed, **other}).defaults.model == "openai/gpt-4o-mini"
    chosen = Config.from_env({**keyed, "OA_DEFAULT_MODEL": "scripted/echo"})
    assert chosen.defaults.model == "scripted/echo"


@pytest.mark.parametrize(
    ("text", "value"), [("on", True), ("TRUE", True), ("1", True), ("off", False), ("0", False)]
)
def test_a_flag_is_on_or_off(text, value):
    config = Config.from_env({**LEAST, "OA_AUTH_REQUIRE_REQUEST_BINDING": text})
    assert config.require_request_binding is value


@pytest.mark.parametrize("level", ["DEBUG", "info", "Warning", "ERROR"])
def test_a_log_level_is_taken_in_any_case(level):
    assert Config.from_env({**LEAST, "OA_LOG_LEVEL": level}).log_level == level.upper()


def test_the_direct_url_may_be_another_one():
    direct = {**LEAST, "OA_DATABASE_DIRECT_URL": "postgres://localhost/y"}
    assert Config.from_env(direct).database.direct_url == "postgres://localhost/y"


def test_no_secret_is_printed():
    config = Config.from_env({**LEAST, "OPENAI_API_KEY": "sk-secret"})
    printed = " ".join((repr(config), repr(config.database), repr(config.key_ring), str(config)))
    for secret in (SECRET, "db-password", "broker-password", "sk-secret"):
        assert secret not in printed


def test_no_secret_is_in_a_complaint():
    complaints = problems(
        DATABASE_URL="mysql://u:db-password@h",
        OA_BROKER_URL="amqp://:broker-password@h",
        OA_SIGNING_KEYS="k1:too-short,k2:" + SECRET,
    )
    assert len(complaints) == 3
    for secret in ("db-password", "broker-password", "too-short", SECRET):
        assert secret not in "\n".join(complaints)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DATABASE_URL", "postgresql://oa_login:change-me-login@postgres:5432/runtime"),
        ("OA_BROKER_URL", "redis://:change-me-broker@redis:6379/0"),
        ("OA_SIGNING_KEYS", f"k1:{SECRET},main:change-me-to-32-random-bytes-0000"),
        ("OA_SANITIZER_KEYS", "a:Change-Me-to-at-least-32-random-bytes"),
        ("OA_ANCHOR_KEYS", "a1:change-me-change-me"),
        ("FLOWER_BASIC_AUTH", "operator:change-me-flower"),
        ("FLOWER_COOKIE_SECRET", "change-me-to-32-random-bytes-0000"),
    ],
)
@pytest.mark.parametrize("role", ["", "flower", "web"])
def test_a_secret_that_is_still_the_templates_is_refused(name: str, text: str, role: str):
    (line,) = problems(**{name: text, "OA_ROLE": role})
    assert line.startswith(f"{name} has the template's change-me: put a secret of your own")
    assert SECRET not in line


def test_what_is_no_secret_may_say_so():
    assert Config.from_env({**LEAST, "OA_SYSTEM_PROMPT": "change-me"}).system_prompt == "change-me"


def test_a_key_given_without_an_id_is_not_told():
    assert SECRET not in "\n".join(problems(OA_SIGNING_KEYS=f"{SECRET}!"))


def test_every_setting_has_a_name_of_its_own_and_a_sentence():
    names = [setting.name for setting in SETTINGS]
    assert len(set(names)) == len(names)
    for setting in SETTINGS:
        assert setting.doc.endswith("."), setting.name
        if setting.default:
            setting.read(setting.default)


MUST = "OA_DEFAULT_MODEL must be provider/model (scripted/…, openai/…, anthropic/…)"


@pytest.mark.parametrize(
    ("model", "complaint"),
    [
        ("gpt-4", f"{MUST}, not 'gpt-4'"),
        ("openai/gpt-x", "OA_DEFAULT_MODEL is 'openai/gpt-x', which needs OPENAI_API_KEY"),
        ("anthropic/c", "OA_DEFAULT_MODEL is 'anthropic/c', which needs ANTHROPIC_API_KEY"),
        ("openai/", f"{MUST}, not 'openai/'"),
    ],
)
def test_a_default_model_that_could_not_answer_is_refused(model: str, complaint: str):
    assert problems(OA_DEFAULT_MODEL=model) == [complaint]
    for fine in ({"OA_DEFAULT_MODEL": "scripted/echo"}, {"OA_DEFAULT_MODEL": "openai/x"}):
        config = Config.from_env({**LEAST, "OPENAI_API_KEY": "k", **fine})
        assert config.defaults.model == fine["OA_DEFAULT_MODEL"]
