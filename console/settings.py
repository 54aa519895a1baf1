"""Everything that can be set, from the environment; a secret NAME may also be given as NAME_FILE, the path of a file.

Without DATABASE_URL the console is local: it starts the embedded PostgreSQL, makes its own secrets under var/ and
speaks plain HTTP. With DATABASE_URL it is in production, unless STEWARD_LOCAL, STEWARD_DEMO or STEWARD_DEBUG is set.
"""

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from console import embedded, logs, secretfile
from console.accounts import provider

env = environ.FileAwareEnv()

BASE_DIR = Path(__file__).resolve().parent.parent
# Where a local console keeps everything that it makes: database, secrets, the sandbox's memory.
STEWARD_DATA = Path(env.str("STEWARD_DATA", default=str(BASE_DIR / "var"))).resolve()

STEWARD_DEMO = env.bool("STEWARD_DEMO", default=False)
DEBUG = env.bool("STEWARD_DEBUG", default=False)
# Local: secrets of its own, plain HTTP, providers on this machine. Never in production.
STEWARD_LOCAL = env.bool("STEWARD_LOCAL", default=STEWARD_DEMO or DEBUG or not env.str("DATABASE_URL", default=""))

# Secrets. STEWARD_KEYS seals personal values: "id:base64 of 32 random bytes, …"; the first key seals, all of them open.


def secret(name: str) -> str:
    """From the environment; a local console falls back on secrets of its own."""
    given: str = env.str(name, default="")
    if given or not STEWARD_LOCAL:
        return given
    try:
        return secretfile.load(STEWARD_DATA / "secrets.env")[name]
    except OSError as problem:
        raise ImproperlyConfigured(f"Cannot keep secrets in {problem.filename}: {problem.strerror}.") from problem


SECRET_KEY = secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
STEWARD_KEYS = secret("STEWARD_KEYS")
# The keys that sign history's checkpoints, "id:base64 of 32 random bytes, …": the first signs, all of them verify.
STEWARD_SEALING_KEYS = secret("STEWARD_SEALING_KEYS")

# Database: the application's role, and the owner's for migrations alone (a web host does without it).

EMBEDDED = embedded.Server(STEWARD_DATA)
# Every statement of ours is short: compiling or spreading one over processes takes longer than running it. So is every
# transaction: a process that stands still in the middle of one loses it, and with it the rows that it had locked.
SHORT_STATEMENTS = {
    "options": "-c jit=off -c max_parallel_workers_per_gather=0 -c idle_in_transaction_session_timeout=30000"
}


def database(url: str, role: str) -> dict[str, Any]:
    """The database that an environment variable names, or the embedded one with the given role."""
    if not env.str("DATABASE_URL", default=""):
        where = {"HOST": str(EMBEDDED.host), "NAME": embedded.DATABASE, "USER": role}
        kept = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
        return {"ENGINE": "console.embedded", **where, **kept, "OPTIONS": SHORT_STATEMENTS}
    given: dict[str, Any] = env.db_url(url)
    # A page says within seconds that the database is away, instead of waiting as long as TCP would.
    options = {"connect_timeout": 5, **SHORT_STATEMENTS, **given.get("OPTIONS", {})}
    return {**given, "OPTIONS": options, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


DATABASES = {"default": database("DATABASE_URL", embedded.APPLICATION)}
if env.str("DATABASE_OWNER_URL", default="") or not env.str("DATABASE_URL", default=""):
    DATABASES["owner"] = {**database("DATABASE_OWNER_URL", embedded.OWNER), "CONN_MAX_AGE": 0}

PROCRASTINATE_DATABASE_ALIAS = "default"
# A finished job does not wake the next one of its queue: only looking does, and the default of 5 s is long to wait.
PROCRASTINATE_WORKER_DEFAULTS = {"fetch_job_polling_interval": 0.2}

# Providers.

# Hosts that a connection's base URL may name, for example "api.sqril.com"; outside production an empty list allows all.
STEWARD_ALLOWED_PROVIDERS = env.list("STEWARD_ALLOWED_PROVIDERS", default=[])
# Whether base URLs may be plain http and lead to private or loopback addresses, as the sandbox's do.
STEWARD_PRIVATE_PROVIDERS = env.bool("STEWARD_PRIVATE_PROVIDERS", default=STEWARD_LOCAL)
STEWARD_PROXY = env.str("STEWARD_PROXY", default="") or None
STEWARD_CA_BUNDLE = env.str("STEWARD_CA_BUNDLE", default="") or None
STEWARD_SWEEP_SECONDS = env.float("STEWARD_SWEEP_SECONDS", default=15)
STEWARD_LEASE_SECONDS = env.float("STEWARD_LEASE_SECONDS", default=30)
STEWARD_CALL_SECONDS = env.float("STEWARD_CALL_SECONDS", default=10)
# How long a provider may still apply a request of which nobody knows what became.
STEWARD_SETTLE_SECONDS = env.float("STEWARD_SETTLE_SECONDS", default=30)
# Where each worker remembers, outside the database, how far it got: by this a restored backup is noticed.
STEWARD_MARKS = Path(env.str("STEWARD_MARKS", default=str(STEWARD_DATA / "marks")))
# Where each host that seals history remembers its last checkpoint, outside the database: to be copied elsewhere.
STEWARD_SEALS = Path(env.str("STEWARD_SEALS", default=str(STEWARD_DATA / "seals")))
# How many events an export may hold, and for how many days its file is kept.
STEWARD_EXPORT_LIMIT = env.int("STEWARD_EXPORT_LIMIT", default=1_000_000)
STEWARD_EXPORT_DAYS = env.int("STEWARD_EXPORT_DAYS", default=7)
# How often one person may be shown a sensitive value, or compare one with what a caller says, in an hour.
STEWARD_REVEALS = env.int("STEWARD_REVEALS", default=30)
STEWARD_COMPARES = env.int("STEWARD_COMPARES", default=30)
# How often one person may search in a minute, have a provider read by hand in a minute, and export in an hour.
STEWARD_SEARCHES = env.int("STEWARD_SEARCHES", default=300)
STEWARD_READINGS = env.int("STEWARD_READINGS", default=60)
STEWARD_EXPORTS = env.int("STEWARD_EXPORTS", default=30)
# How often in an hour one person may look for nobody by what may be the whole of a hidden number: more is guessing.
STEWARD_MISSES = env.int("STEWARD_MISSES", default=100)
# What whoever reads /metrics has to show as a bearer token; without one, only this very machine may read them.
STEWARD_METRICS_TOKEN = env.str("STEWARD_METRICS_TOKEN", default="")

# Mail: EMAIL_URL is for example "smtp+tls://user:password@mail.example.com:587"; without it nobody is sent any.


def mail_servers(url: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Django's MAILERS for an EMAIL_URL; none where it leads nowhere."""
    backend = url["EMAIL_BACKEND"]
    options: dict[str, Any] = {}
    if backend.endswith("dummy.EmailBackend"):
        return {}
    if backend.endswith("smtp.EmailBackend"):
        options = {"host": url["EMAIL_HOST"], "port": url["EMAIL_PORT"], "timeout": 10}
        options |= {"username": url["EMAIL_HOST_USER"], "password": url["EMAIL_HOST_PASSWORD"]}
        options |= {"use_tls": url.get("EMAIL_USE_TLS", False), "use_ssl": url.get("EMAIL_USE_SSL", False)}
    if backend.endswith("filebased.EmailBackend"):
        options = {"file_path": url["EMAIL_FILE_PATH"]}
    return {"default": {"BACKEND": backend, "OPTIONS": options}}


MAILERS = mail_servers(env.email_url("EMAIL_URL", default="dummymail://"))
STEWARD_SENDS_MAIL = bool(MAILERS)
if not STEWARD_SENDS_MAIL:
    MAILERS = {"default": {"BACKEND": "django.core.mail.backends.base.BaseEmailBackend"}}  # which cannot send
DEFAULT_FROM_EMAIL = env.str("STEWARD_MAIL_FROM", default="steward@localhost")
# At which address people reach the console, such as "https://steward.example.com": mails link to it.
STEWARD_URL = env.str("STEWARD_URL", default="").rstrip("/")

# A file that comes with its form, by a browser without scripts: held in memory, so that none of it touches the disk.
FILE_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# The application.

ROOT_URLCONF = "console.urls"
WSGI_APPLICATION = "console.wsgi.application"
AUTH_USER_MODEL = "console.User"
AUTHENTICATION_BACKENDS = ["console.backend.Backend"]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"

INSTALLED_APPS = [
    "console",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "console.middleware.request_log",
    "console.middleware.guarded",
    "console.middleware.never_stored",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "console.middleware.what_browsers_send",
    "console.middleware.asked_by_machines",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "console.accounts.first.SecondFactorFirst",
    "console.middleware.refusals_are_told",
    "console.accounts.presence.presence",
    "console.middleware.in_the_readers_zone",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "console.middleware.LimitsAreTold",
]

# What is limited is counted here, for all web servers alike. A cache that is full forgets at random, and whoever
# guesses could fill it with made-up names: so it has room for more than the limits of an address let in.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "console_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000, "CULL_FREQUENCY": 10},
    }
}

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "console.navigation.navigation",
            ],
            "builtins": ["console.templatetags.look"],
        },
    },
]

# Slow on purpose, and hungry for memory: whoever comes by the hashes tries few passwords.
PASSWORD_HASHERS = [f"django.contrib.auth.hashers.{name}" for name in ("ScryptPasswordHasher", "PBKDF2PasswordHasher")]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# Signing in is allauth's, by name and password, passkey, or both of a password and a second factor.

# Whether everybody has to have a second factor: who has none is led to set one up before anything else.
STEWARD_SECOND_FACTOR = env.bool("STEWARD_SECOND_FACTOR", default=not STEWARD_LOCAL)
# How many proxies of ours stand before the console, each of which appends to X-Forwarded-For whom it heard from.
STEWARD_PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = env.int("STEWARD_PROXIES", default=0)
ACCOUNT_ADAPTER = "console.accounts.people.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# All attempts of an address; failed ones of an address, and of an account. An office shares one address.
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": "30/m/ip,5/5m/key", "reset_password": "10/m/ip,3/5m/key"}
MFA_ADAPTER = "console.accounts.secrets.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_RATE_LIMITS = {"webauthn_login": "30/m/ip"}
# A clock may be wrong by half a minute; a code that was used is refused all the same.
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODE_DIGITS = 10
# For how many seconds a link that sets a new password is good.
PASSWORD_RESET_TIMEOUT = 60 * 60

# Single sign-on by OpenID Connect, where an issuer is named; docs/operations.md has all of it.
STEWARD_OIDC: provider.Provider | None = provider.read(env)
if STEWARD_OIDC:
    INSTALLED_APPS += ["allauth.socialaccount", "allauth.socialaccount.providers.openid_connect"]
    SOCIALACCOUNT_ADAPTER = "console.accounts.oidc.SocialAdapter"
    SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [STEWARD_OIDC.app]}}

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False

# Static files: under hashed names in production, straight from the source otherwise.

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "console.bundles.BundleFinder",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STATIC_ROOT = None if STEWARD_LOCAL else env.str("STEWARD_STATIC", default=str(STEWARD_DATA / "static"))
WHITENOISE_USE_FINDERS = STEWARD_LOCAL
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if STEWARD_LOCAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Security.

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if STEWARD_LOCAL else [])
# The reverse proxy says here that the browser came by https; set it only if the proxy removes what browsers send.
if proxy_header := env.str("STEWARD_HTTPS_HEADER", default=""):
    SECURE_PROXY_SSL_HEADER = (f"HTTP_{proxy_header.upper().replace('-', '_')}", "https")

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
# What our pages may ask a browser for: passkeys. Everything else that could be asked for is named, to be denied.
DENIED = (
    *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media"),
    *("fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer"),
    *(
        "microphone",
        "midi",
        "payment",
        "picture-in-picture",
        "screen-wake-lock",
        "serial",
        "usb",
        "xr-spatial-tracking",
    ),
)
PASSKEYS = ("publickey-credentials-create=(self)", "publickey-credentials-get=(self)")
# Set on every answer that does not say otherwise, whoever gave it.
STEWARD_GUARDS = {
    "Permissions-Policy": ", ".join([*(f"{feature}=()" for feature in DENIED), *PASSKEYS]),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": SECURE_REFERRER_POLICY,
    "X-Content-Type-Options": "nosniff",
}

# Messages name people and connections: they stay on the server.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_ENGINE = "console.backend"
# A browser takes a __Host- cookie over https only, and only from this very host.
SESSION_COOKIE_NAME = "steward-session" if STEWARD_LOCAL else "__Host-steward-session"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = not STEWARD_LOCAL
CSRF_COOKIE_NAME = "steward-csrf" if STEWARD_LOCAL else "__Host-steward-csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = not STEWARD_LOCAL
CSRF_FAILURE_VIEW = "console.views.errors.too_old"
SECURE_SSL_REDIRECT = not STEWARD_LOCAL
SECURE_HSTS_SECONDS = 0 if STEWARD_LOCAL else 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = not STEWARD_LOCAL
SECURE_HSTS_PRELOAD = not STEWARD_LOCAL
# Asked by the machine itself or from its own network, in plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]

# Logs: one JSON object a line in production.

LOGGING = logs.configuration(
    readable=STEWARD_LOCAL,
    messages_of_errors=DEBUG,
    level=env.str("STEWARD_LOG_LEVEL", default="WARNING" if STEWARD_LOCAL else "INFO"),
)
