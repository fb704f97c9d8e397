"""Code and log lines that speak of secrets and hold none: templates, always filled the same."""

import random
from collections.abc import Iterator

_CODE = """
password = getpass.getpass()
password: str
def login(user: str, password: str, token: str | None = None) -> Session:
self.password = password
if not password: raise ValueError("password is required")
password = os.environ["DB_PASSWORD"]
api_key = settings.api_key
api_key=os.getenv("OPENAI_API_KEY")
const apiKey = process.env.API_KEY;
const token = await getToken(user);
headers = {{"Authorization": f"Bearer {{token}}"}}
headers["Authorization"] = "Bearer " + token
secret = secrets.token_hex({n})
secret_key: bytes = hashlib.sha256(seed).digest()
$password = $_POST['password'];
'password' => ['required', 'string', 'min:{n}'],
'secret' => env('APP_SECRET'),
password VARCHAR({n}) NOT NULL,
ALTER TABLE users ADD COLUMN password_hash text;
private_key = load_pem_private_key(data, password=None)
private String password;
public void setPassword(String password) {{ this.password = password; }}
let secret: [u8; {n}] = rand::random();
secret: ${{{{ secrets.DEPLOY_KEY }}}}
password: {{{{ vault_password }}}}
password: $DB_PASSWORD
password: <your password>
password=%s
token = tokens[{n}]
for token in tokens[:{n}]:
tokens = tokenizer.encode(text, max_length={n})
max_tokens={n}, temperature=0.{n}
next_page_token = response.get("next_page_token")
cookie = request.cookies.get("session")
document.cookie.split(";").map(trim)
access_token=client.fetch_token()
credentials = Credentials.from_file(path)
key = f"task-{{index}}-{n}"
primary_key=True, index={n}
cache_key = (run_id, {n})
sort_keys=True, indent={n}
assert token.kind == "name{n}"
MASK = re.compile(r"sk-[A-Za-z0-9]{{{n},}}")
raise Unauthorized("the signature does not hold; mint a new token")
git clone ssh://git@example.org/group/project{n}.git
url = f"https://{{user}}:{{password}}@{{host}}:{n}/"
url = "https://example.org/items?page={n}&page_token=abc{n}"
print(f"secret: {{secret!r}}")
-----BEGIN CERTIFICATE-----
-----BEGIN PUBLIC KEY-----
lines that begin with -----BEGIN PRIVATE KEY----- are cut
Authorization: Bearer <token>
curl -H "Authorization: Bearer $TOKEN" https://example.org/v{n}/runs
secret: sha{n}
token: string;
token?: string | undefined;
bearer_methods_supported = ["header", "body"]
basic = Basic(n={n})
WWW-Authenticate: Bearer realm="api"
access-control-allow-credentials: true
""".strip().splitlines()

_LOGS = """
{t} INFO web request_id={h} status=200 duration_ms={n} path=/internal/v1/runs
{t} WARNING auth: token expired {n} s ago, key id main
{t} ERROR worker: password authentication failed for user "oa_app"
{t} INFO auth: token accepted slot=current count={n}
{t} DEBUG model usage prompt_tokens={n} completion_tokens={n} total_tokens={n}
{t} INFO lease acquired run={u} epoch={n} owner=worker-{n}
{t} INFO event seq={n} type=tool.result payload_hash={h}{h}
{t} WARNING secret rotation is due in {n} days
{t} INFO secrets: {n} loaded, 0 missing
{t} ERROR connection to 10.0.{n}.7:5432 refused, attempt {n}
{t} INFO cookie jar has {n} entries
{t} INFO cursor={n} floor=1 next_page_token: none
{t} ERROR Traceback (most recent call last): File "/srv/app/web/auth.py", line {n}, in verify
{t} ERROR runtime_app.errors.Unauthorized: Authorization: missing
{t} INFO GET /healthz HTTP/1.1 200 {n} "-" "kube-probe/1.{n}"
{t} INFO disk-usage at {n}%, task-{n} done, risk-free
[{t}] celery.worker: Task tasks.runs.step[{u}] succeeded in 0.{n}s: None
{{"at":"{t}","level":"info","event":"step","run_id":"{u}","tokens":{n}}}
{t} pid={n} idempotency-key={u} replayed
{t} migration 00{n} applied, checksum {h}
""".strip().splitlines()


def _filled(template: str, rng: random.Random) -> str:
    hexes = "".join(rng.choice("0123456789abcdef") for _ in range(32))
    return template.format(
        n=rng.randrange(1, 129),
        h=hexes,
        u="-".join((hexes[:8], hexes[8:12], "4" + hexes[13:16], "a" + hexes[17:20], hexes[20:])),
        t=f"2026-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}T{rng.randrange(24):02}:00:07Z",
    )


def technical() -> Iterator[tuple[str, str]]:
    """(class, line): each line of code 5 times, each log line 20 times, with other numbers."""
    for name, templates, times in (("code", _CODE, 5), ("log", _LOGS, 20)):
        rng = random.Random(f"technical {name}")
        for template in templates:
            for _ in range(times):
                yield name, _filled(template, rng)
