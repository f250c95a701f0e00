//! Mistakes of the checklist in other words, languages and layouts than the ones that the rules were made for.
//!
//! Each case is a small repository, and what must be said of it: one of the codes, in the file, with the words in the
//! message or at one of its places. Its sound twin, where there is one, must not be told of.

use specc::ops::check::{CheckOptions, check};
use specc::repo;
use specc::repo::tree::KnownHistory;
use specc::rules::Selection;
use specc::sample;
use specc::source::Sources;

/// A situation, the codes that may tell of it, the file in which, words that are said, and the repository.
type Case = (&'static str, &'static str, &'static str, &'static str, &'static str);

/// Checks a repository and returns `code path words` of each finding at or above a warning.
fn findings(text: &str) -> Vec<(String, String, String)> {
    let sample = sample::parse(text);
    let sample::Sample { deleted, ignored, branches, .. } = sample.clone();
    let history = KnownHistory { deleted, ignored, branches };
    let read = repo::Options { history: Some(history), ..repo::Options::default() };
    let mut sources = Sources::default();
    let options = CheckOptions { read, selection: Selection::default(), ..CheckOptions::default() };
    let checked = check(&sample.tree(), options, &mut sources);
    let tell = |it: &specc::diag::Diagnostic| {
        let place = it.span()?;
        let mut words = it.message.clone();
        for label in &it.related {
            words.push_str(&format!(" | {} {}", sources.path(label.span.file), label.message));
        }
        Some((it.code.id.to_string(), sources.path(place.file).to_string(), words))
    };
    checked.findings.iter().filter_map(tell).collect()
}

fn found(cases: &[Case]) {
    let mut missed = Vec::new();
    for (name, codes, path, words, text) in cases {
        let all = findings(text);
        let is_it = |it: &&(String, String, String)| {
            codes.split('|').any(|code| code == it.0) && it.1 == *path && it.2.contains(words)
        };
        if all.iter().find(is_it).is_none() {
            missed.push(format!("{name}: {codes} in {path} about `{words}`, but {all:#?}"));
        }
    }
    assert!(missed.is_empty(), "{} of {}:\n{}", missed.len(), cases.len(), missed.join("\n"));
}

fn silent(cases: &[(&str, &str)]) {
    let told: Vec<String> = cases
        .iter()
        .map(|(name, text)| (name, findings(text)))
        .filter(|it| !it.1.is_empty())
        .map(|(name, all)| format!("{name}: {all:#?}"))
        .collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

const PYDANTIC: &str = "#- pyproject.toml\n[project]\nname = \"a\"\ndependencies = [\"pydantic-settings>=2\"]\n";

#[test]
fn settings_that_no_template_and_no_environment_gives() {
    let cases: &[Case] = &[
        (
            "a required field in a nested folder",
            "ENV001|ENV002",
            "services/api/app/settings.py",
            "STRIPE_KEY",
            r#"
#- services/api/app/settings.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    database_url: str
    stripe_key: str
settings = Settings()
#- services/api/app/main.py
from app.settings import settings
print(settings.database_url, settings.stripe_key)
#- services/api/.env.example
DATABASE_URL=postgres://x
"#,
        ),
        (
            "a prefix",
            "ENV001|ENV002",
            "app/config.py",
            "APP_TOKEN",
            r#"
#- app/config.py
from pydantic_settings import BaseSettings, SettingsConfigDict
class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="APP_")
    url: str
    token: str
s = Settings()
print(s.url, s.token)
#- .env.template
APP_URL=x
TOKEN=x
"#,
        ),
        (
            "an alias",
            "ENV001|ENV002",
            "app/config.py",
            "SENTRY_DSN",
            r#"
#- app/config.py
from pydantic import Field
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    db: str = Field(validation_alias="DATABASE_URL")
    dsn: str = Field(validation_alias="SENTRY_DSN")
s = Settings()
print(s.db, s.dsn)
#- .env.sample
DATABASE_URL=x
"#,
        ),
        (
            "a base class in another module",
            "ENV001|ENV002",
            "app/base.py",
            "LICENSE_KEY",
            r#"
#- app/base.py
from pydantic_settings import BaseSettings
class Base(BaseSettings):
    license_key: str
#- app/config.py
from app.base import Base
class Settings(Base):
    url: str
s = Settings()
print(s.url, s.license_key)
#- .env.example
URL=x
"#,
        ),
        (
            "pydantic 1",
            "ENV001|ENV002",
            "app/config.py",
            "QUEUE_URL",
            r#"
#- requirements.txt
pydantic==1.10.12
#- app/config.py
from pydantic import BaseSettings, Field
class Config(BaseSettings):
    url: str
    queue: str = Field(..., env="QUEUE_URL")
c = Config()
print(c.url, c.queue)
#- .env.example
URL=x
"#,
        ),
        (
            "Django with environ",
            "ENV002",
            "site/settings.py",
            "MAILGUN_KEY",
            r#"
#- site/settings.py
import environ
env = environ.Env()
SECRET_KEY = env("SECRET_KEY")
MAILGUN = env("MAILGUN_KEY")
#- .env.example
SECRET_KEY=x
"#,
        ),
        (
            "decouple",
            "ENV002",
            "site/settings.py",
            "MAILGUN_KEY",
            r#"
#- site/settings.py
from decouple import config
SECRET_KEY = config("SECRET_KEY")
MAILGUN = config("MAILGUN_KEY")
#- .env.example
SECRET_KEY=x
"#,
        ),
        (
            "a wrapper of os.environ",
            "ENV002",
            "app/main.py",
            "PAYMENT_URL",
            r#"
#- app/env.py
import os
def required(name: str) -> str:
    return os.environ[name]
#- app/main.py
from app.env import required
A = required("DATABASE_URL")
B = required("PAYMENT_URL")
#- .env.example
DATABASE_URL=x
"#,
        ),
        (
            "Go with os.Getenv that ends",
            "ENV002",
            "cmd/api/main.go",
            "JWT_SECRET",
            r#"
#- cmd/api/main.go
package main
import "os"
func main() {
	db := os.Getenv("DATABASE_URL")
	token := os.Getenv("JWT_SECRET")
	run(db, token)
}
#- .env.example
DATABASE_URL=x
"#,
        ),
        (
            "Go envconfig tags",
            "ENV002",
            "internal/config/config.go",
            "PAYMENT_URL",
            r#"
#- internal/config/config.go
package config
type Config struct {
	DatabaseURL string `envconfig:"DATABASE_URL" required:"true"`
	PaymentURL  string `envconfig:"PAYMENT_URL" required:"true"`
}
#- .env.example
DATABASE_URL=x
"#,
        ),
        (
            "Go caarlos0 env tags",
            "ENV002",
            "internal/config/config.go",
            "PAYMENT_URL",
            r#"
#- internal/config/config.go
package config
type Config struct {
	DatabaseURL string `env:"DATABASE_URL,required"`
	PaymentURL  string `env:"PAYMENT_URL,required"`
}
#- .env.example
DATABASE_URL=x
"#,
        ),
        (
            "Rust",
            "ENV002",
            "src/main.rs",
            "PAYMENT_URL",
            r#"
#- src/main.rs
fn main() {
    let db = std::env::var("DATABASE_URL").unwrap();
    let pay = std::env::var("PAYMENT_URL").expect("PAYMENT_URL");
}
#- .env.example
DATABASE_URL=x
"#,
        ),
        (
            "Node with a check",
            "ENV002",
            "src/config.ts",
            "SESSION_SECRET_KEY",
            r#"
#- src/config.ts
export const db = process.env.DATABASE_URL!;
export const pay = process.env["SESSION_SECRET_KEY"]!;
#- .env.example
DATABASE_URL=x
"#,
        ),
        (
            "zod",
            "ENV002",
            "src/env.ts",
            "PAYMENT_URL",
            r#"
#- src/env.ts
import { z } from "zod";
const schema = z.object({ DATABASE_URL: z.string(), PAYMENT_URL: z.string().url() });
export const env = schema.parse(process.env);
#- .env.example
DATABASE_URL=x
"#,
        ),
        (
            "a field that production forgets",
            "ENV001|ENV006",
            "app/config.py",
            "BILLING_URL",
            r#"
#- app/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    database_url: str
    billing_url: str
s = Settings()
print(s.database_url, s.billing_url)
#- Dockerfile
FROM python:3.12
COPY app app
CMD ["python", "-m", "app.config"]
#- docker-compose.prod.yml
services:
  api:
    build: .
    env_file: [.env.prod]
#- .env.prod
DATABASE_URL=x
"#,
        ),
    ];
    let with_lock: Vec<String> = cases
        .iter()
        .map(|it| format!("{}{}", if it.4.contains("pydantic_settings") { PYDANTIC } else { "" }, it.4.trim_start()))
        .collect();
    let cases: Vec<(&str, &str, &str, &str, String)> =
        cases.iter().zip(with_lock).map(|(it, text)| (it.0, it.1, it.2, it.3, text)).collect();
    let leaked: Vec<Case> =
        cases.into_iter().map(|it| (it.0, it.1, it.2, it.3, &*Box::leak(it.4.into_boxed_str()))).collect();
    found(&leaked);
}

#[test]
fn variables_of_compose_that_nobody_sets() {
    found(&[
        (
            "a mapping",
            "ENV013",
            "docker-compose.yml",
            "MAIL_TOKEN",
            "#- docker-compose.yml\nservices:\n  a:\n    image: a:1\n    environment:\n      TOKEN: ${MAIL_TOKEN}\n",
        ),
        (
            "a list",
            "ENV013",
            "compose.yaml",
            "MAIL_TOKEN",
            "#- compose.yaml\nservices:\n  a:\n    image: a:1\n    environment:\n      - TOKEN=$MAIL_TOKEN\n",
        ),
        (
            "an image",
            "ENV013",
            "deploy/compose.yml",
            "TAGG",
            "#- deploy/compose.yml\nservices:\n  a:\n    image: acme/a:${TAGG}\n#- deploy/.env.example\nTAG=1\n",
        ),
        (
            "a port",
            "ENV013",
            "compose.yml",
            "WEB_PROT",
            "#- compose.yml\nservices:\n  a:\n    image: a:1\n    ports: [\"${WEB_PROT}:80\"]\n#- .env.example\nWEB_PORT=80\n",
        ),
        (
            "a label",
            "ENV013",
            "compose.yml",
            "DOMIAN",
            "#- compose.yml\nservices:\n  a:\n    image: a:1\n    labels:\n      - traefik.http.routers.a.rule=Host(`a.${DOMIAN}`)\n#- .env\nDOMAIN=x\n",
        ),
        (
            "a mount",
            "ENV013",
            "compose.yml",
            "DATA_DRI",
            "#- compose.yml\nservices:\n  a:\n    image: a:1\n    volumes: [\"${DATA_DRI}:/data\"]\n#- .env\nDATA_DIR=/srv\n",
        ),
        (
            "a command",
            "ENV013",
            "compose.yml",
            "WORKRES",
            "#- compose.yml\nservices:\n  a:\n    image: a:1\n    command: serve --workers ${WORKRES}\n#- .env\nWORKERS=2\n",
        ),
        (
            "a build argument",
            "ENV013",
            "compose.yml",
            "VERSOIN",
            "#- compose.yml\nservices:\n  a:\n    build:\n      context: .\n      args: { VERSION: \"${VERSOIN}\" }\n#- Dockerfile\nFROM alpine:3\nARG VERSION\n#- .env\nVERSION=2\n",
        ),
        (
            "a pass-through in a list",
            "ENV016",
            "compose.yml",
            "API_TOKN",
            "#- compose.yml\nservices:\n  a:\n    image: a:1\n    environment: [API_TOKN]\n#- .env.example\nAPI_TOKEN=\n",
        ),
        (
            "a pass-through in a mapping",
            "ENV016",
            "compose.yml",
            "API_TOKN",
            "#- compose.yml\nservices:\n  a:\n    image: a:1\n    environment:\n      API_TOKN:\n#- .env.example\nAPI_TOKEN=\n",
        ),
        (
            "only in an env_file",
            "ENV014",
            "compose.prod.yml",
            "POSTGRES_PASSWORD",
            "#- compose.prod.yml\nservices:\n  db:\n    image: postgres:17\n    env_file: [.env.prod]\n    healthcheck:\n      test: pg_isready -U ${POSTGRES_PASSWORD}\n#- .env.prod\nPOSTGRES_PASSWORD=x\n#- deploy.sh\ndocker compose -f compose.prod.yml up -d\n",
        ),
        (
            "a demanded one that is misspelt",
            "ENV013",
            "compose.yml",
            "TOKNE",
            "#- compose.yml\nservices:\n  a:\n    image: a:1\n    environment:\n      TOKEN: ${TOKNE:?set it}\n      DB: ${DB_URL:?set it}\n#- .env.example\nTOKEN=\nDB_URL=\n",
        ),
        (
            "a misspelt name that code reads",
            "ENV004",
            "compose.yml",
            "DATABSE_URL",
            "#- compose.yml\nservices:\n  api:\n    build: ./api\n    environment:\n      DATABSE_URL: postgres://db\n#- api/Dockerfile\nFROM python:3.12\nCOPY . .\nCMD python main.py\n#- api/main.py\nimport os\nprint(os.environ[\"DATABASE_URL\"])\n",
        ),
        (
            "a misspelt name in a list, read by Go",
            "ENV004",
            "deploy/docker-compose.yml",
            "REDIS_ADRR",
            "#- deploy/docker-compose.yml\nservices:\n  api:\n    build: { context: .., dockerfile: Dockerfile }\n    environment:\n      - REDIS_ADRR=redis:6379\n#- Dockerfile\nFROM golang:1.24\nCOPY . .\nRUN go build -o /api .\nCMD [\"/api\"]\n#- main.go\npackage main\nimport \"os\"\nfunc main() { dial(os.Getenv(\"REDIS_ADDR\")) }\n",
        ),
        (
            "a misspelt name read by Node",
            "ENV004",
            "compose.yml",
            "SMTP_HSOT",
            "#- compose.yml\nservices:\n  web:\n    build: web\n    environment: { SMTP_HSOT: mail }\n#- web/Dockerfile\nFROM node:22\nCOPY . .\nCMD [\"node\", \"index.js\"]\n#- web/index.js\nsend(process.env.SMTP_HOST)\n",
        ),
        (
            "a template line without a reader",
            "ENV005|ENV008",
            ".env.example",
            "SMTP_HSOT",
            "#- .env.example\nSMTP_HSOT=mail\nPORT=1\n#- index.js\nsend(process.env.SMTP_HOST, process.env.PORT)\n",
        ),
    ]);
}

#[test]
fn mounts_of_what_is_gone() {
    found(&[
        (
            "short",
            "MNT001",
            "compose.yml",
            "nginx.conf",
            "#- compose.yml\nservices:\n  a:\n    image: nginx:1\n    volumes:\n      - ./nginx.conf:/etc/nginx/nginx.conf:ro\n#- nginx.conf (deleted)\n",
        ),
        (
            "long",
            "MNT001",
            "compose.yml",
            "conf/app.toml",
            "#- compose.yml\nservices:\n  a:\n    image: a:1\n    volumes:\n      - type: bind\n        source: ./conf/app.toml\n        target: /etc/app.toml\n#- conf/app.toml (deleted)\n",
        ),
        (
            "from a nested folder upwards",
            "MNT001",
            "deploy/prod/compose.yml",
            "config/rules.json",
            "#- deploy/prod/compose.yml\nservices:\n  a:\n    image: a:1\n    volumes: [\"../../config/rules.json:/rules.json:ro\"]\n#- config/rules.json (deleted)\n#- config/other.json\n{}\n",
        ),
        (
            "by an anchor",
            "MNT001",
            "compose.yml",
            "rules.json",
            "#- compose.yml\nx-v: &v\n  - ./rules.json:/rules.json\nservices:\n  a:\n    image: a:1\n    volumes: *v\n#- rules.json (deleted)\n",
        ),
        (
            "in an overlay",
            "MNT001",
            "docker-compose.prod.yml",
            "seed.sql",
            "#- docker-compose.yml\nservices:\n  db:\n    image: postgres:17\n#- docker-compose.prod.yml\nservices:\n  db:\n    volumes:\n      - ./db/seed.sql:/docker-entrypoint-initdb.d/seed.sql\n#- db/seed.sql (deleted)\n",
        ),
        (
            "a folder of the sources",
            "MNT001",
            "compose.yml",
            "backend/alembic",
            "#- compose.yml\nservices:\n  a:\n    build: backend\n    volumes: [\"./backend/alembic:/app/alembic\"]\n#- backend/Dockerfile\nFROM python:3.12\n#- backend/app/alembic/env.py\nx\n",
        ),
        (
            "a default of a variable",
            "MNT001",
            "compose.yml",
            "conf/a.yml",
            "#- compose.yml\nservices:\n  a:\n    image: a:1\n    volumes: [\"${CONF:-./conf/a.yml}:/a.yml\"]\n#- conf/a.yml (deleted)\n",
        ),
        (
            "a config",
            "MNT001|MNT015|REF001",
            "compose.yml",
            "prom.yml",
            "#- compose.yml\nservices:\n  a:\n    image: a:1\n    configs: [prom]\nconfigs:\n  prom:\n    file: ./prom.yml\n#- prom.yml (deleted)\n",
        ),
        (
            "a secret",
            "MNT001|MNT015|REF001",
            "compose.yml",
            "db_password.txt",
            "#- compose.yml\nservices:\n  a:\n    image: a:1\n    secrets: [db]\nsecrets:\n  db:\n    file: ./secrets/db_password.txt\n#- secrets/db_password.txt (deleted)\n",
        ),
        (
            "renamed",
            "MNT001",
            "stack.yml",
            "traefik.yml",
            "#- stack.yml\nservices:\n  t:\n    image: traefik:3\n    volumes: [\"./traefik.yml:/etc/traefik/traefik.yml\"]\n    deploy: { placement: {} }\n#- traefik.yml (deleted)\n#- traefik.prod.yml\nentryPoints: {}\n",
        ),
        (
            "an env file that is gone",
            "ENV020",
            "compose.yml",
            "api.env",
            "#- compose.yml\nservices:\n  a:\n    image: a:1\n    env_file: [./env/api.env]\n#- env/api.env (deleted)\n",
        ),
        (
            "an env file in the long form",
            "ENV020",
            "compose.yml",
            "api.env",
            "#- compose.yml\nservices:\n  a:\n    image: a:1\n    env_file:\n      - path: env/api.env\n#- env/api.env (deleted)\n",
        ),
    ]);
}

#[test]
fn transfers_that_forget_a_mounted_file() {
    const STACK: &str = "#- compose.prod.yml\nservices:\n  a:\n    image: a:1\n    volumes: [\"./conf/app.toml:/app.toml:ro\", \"./db/init.sql:/i.sql\"]\n#- conf/app.toml\nx = 1\n#- db/init.sql\nselect 1;\n";
    let scripts = [
        (
            "scp",
            "scp compose.prod.yml me@host:/srv/app/\nscp conf/app.toml me@host:/srv/app/conf/\nssh me@host 'cd /srv/app && docker compose -f compose.prod.yml up -d'\n",
        ),
        (
            "scp of several",
            "scp -P 22 compose.prod.yml \"$USER@$HOST:/srv/app\"\nscp -r conf \"$USER@$HOST:/srv/app/\"\nssh \"$USER@$HOST\" 'docker compose -f /srv/app/compose.prod.yml up -d'\n",
        ),
        (
            "rsync",
            "rsync -avz compose.prod.yml conf me@host:/srv/app/\nssh me@host \"cd /srv/app; docker compose -f compose.prod.yml up -d\"\n",
        ),
        (
            "rsync with slashes",
            "rsync -a compose.prod.yml me@host:/srv/app/\nrsync -a --delete ./conf/ me@host:/srv/app/conf/\nssh me@host \"cd /srv/app && docker compose -f compose.prod.yml up -d\"\n",
        ),
        (
            "variables",
            "DIR=/srv/app\nTARGET=me@host\nscp compose.prod.yml $TARGET:$DIR/\nscp conf/app.toml $TARGET:$DIR/conf/app.toml\nssh $TARGET \"cd $DIR && docker compose -f compose.prod.yml up -d\"\n",
        ),
        (
            "a loop",
            "for f in compose.prod.yml conf/app.toml; do\n  scp \"$f\" me@host:/srv/app/\ndone\nssh me@host 'cd /srv/app && docker stack deploy -c compose.prod.yml app'\n",
        ),
        (
            "a function",
            "copy() {\n  scp compose.prod.yml me@host:/srv/app/\n  scp -r conf me@host:/srv/app/\n}\ncopy\nssh me@host 'cd /srv/app && docker stack deploy -c compose.prod.yml app'\n",
        ),
    ];
    let mut texts: Vec<(&str, String)> = scripts
        .iter()
        .map(|(name, it)| (*name, format!("{STACK}#- scripts/deploy.sh\ncd \"$(dirname \"$0\")/..\"\n{it}")))
        .collect();
    texts.push(("a Makefile", format!("{STACK}#- Makefile\nHOST ?= me@host\ndeploy:\n\tscp compose.prod.yml $(HOST):/srv/app/\n\tscp -r conf $(HOST):/srv/app/\n\tssh $(HOST) 'cd /srv/app && docker compose -f compose.prod.yml up -d'\n")));
    texts.push(("a workflow", format!("{STACK}#- .github/workflows/deploy.yml\non: push\njobs:\n  d:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: |\n          scp compose.prod.yml me@host:/srv/app/\n          scp -r conf me@host:/srv/app/\n          ssh me@host 'cd /srv/app && docker compose -f compose.prod.yml up -d'\n")));
    texts.push(("scp-action", format!("{STACK}#- .github/workflows/deploy.yml\non: push\njobs:\n  d:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: appleboy/scp-action@v0.1.7\n        with:\n          host: h\n          source: \"compose.prod.yml,conf\"\n          target: /srv/app\n      - uses: appleboy/ssh-action@v1\n        with:\n          host: h\n          script: cd /srv/app && docker compose -f compose.prod.yml up -d\n")));
    let cases: Vec<Case> = texts
        .into_iter()
        .map(|(name, text)| (name, "XFR001", "compose.prod.yml", "db/init.sql", &*Box::leak(text.into_boxed_str())))
        .collect();
    found(&cases);
}

#[test]
fn fixtures_that_know_other_fields() {
    const CLASS: &str = "#- pyproject.toml\n[project]\nname = \"a\"\ndependencies = [\"pydantic-settings>=2\"]\n#- app/config.py\nfrom functools import lru_cache\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\nclass Settings(BaseSettings):\n    model_config = SettingsConfigDict(extra=\"ignore\")\n    database_url: str\n    token: str = \"\"\n@lru_cache\ndef get_settings() -> Settings:\n    return Settings()\nprint(get_settings().database_url, get_settings().token)\n";
    let unknown = [
        (
            "a fixture",
            "import pytest\nfrom app.config import Settings\n@pytest.fixture\ndef settings():\n    return Settings(database_url=\"x\", redis_url=\"y\")\n",
        ),
        (
            "a dict call",
            "from app.config import Settings\ndef make():\n    return Settings(**dict(database_url=\"x\", redis_url=\"y\"))\n",
        ),
        (
            "a literal",
            "from app.config import Settings\ns = Settings(**{\"database_url\": \"x\", \"redis_url\": \"y\"})\n",
        ),
        ("a module", "from app import config\ns = config.Settings(database_url=\"x\", redis_url=\"y\")\n"),
        ("another name", "from app.config import Settings as S\ns = S(database_url=\"x\", redis_url=\"y\")\n"),
        (
            "model_copy",
            "from app.config import get_settings\ns = get_settings().model_copy(update={\"redis_url\": \"y\"})\n",
        ),
        (
            "model_construct",
            "from app.config import Settings\ns = Settings.model_construct(database_url=\"x\", redis_url=\"y\")\n",
        ),
        (
            "a lambda",
            "from app.config import Settings, get_settings\nfrom app.main import app\napp.dependency_overrides[get_settings] = lambda: Settings(database_url=\"x\", redis_url=\"y\")\n",
        ),
        (
            "a subclass",
            "from app.config import Settings\nclass TestSettings(Settings):\n    pass\ns = TestSettings(database_url=\"x\", redis_url=\"y\")\n",
        ),
        (
            "a partial",
            "from functools import partial\nfrom app.config import Settings\nmake = partial(Settings, database_url=\"x\", redis_url=\"y\")\n",
        ),
    ];
    let missing = [
        (
            "a required one is not given",
            "import pytest\nfrom app.config import Settings\n@pytest.fixture\ndef settings():\n    return Settings(token=\"x\")\n",
        ),
        (
            "a required one is not given in a factory",
            "from app.config import Settings\ndef make(**over):\n    return Settings(_env_file=None, token=\"x\")\n",
        ),
    ];
    let of =
        |code: &'static str, words: &'static str, path: &'static str, list: &[(&'static str, &str)]| -> Vec<Case> {
            list.iter()
                .map(|(name, text)| {
                    let text = format!("{CLASS}#- {path}\n{text}");
                    (*name, code, path, words, &*Box::leak(text.into_boxed_str()))
                })
                .collect()
        };
    let mut cases = of("FIX001", "redis_url", "tests/conftest.py", &unknown);
    cases.extend(of("FIX002", "database_url", "tests/conftest.py", &missing));
    found(&cases);
}

#[test]
fn references_to_what_is_gone() {
    const COMPOSE: &str = "#- docker-compose.yml\nservices:\n  api:\n    image: a:1\n    networks: [back]\n    volumes: [\"data:/data\"]\n  db:\n    image: postgres:17\n    profiles: [tools]\n    networks: [back]\nnetworks:\n  back:\nvolumes:\n  data:\n";
    let cases: &[(&str, &str, &str, &str, &str)] = &[
        (
            "a service in a recipe",
            "XFR008",
            "Makefile",
            "worker",
            "#- Makefile\nlogs:\n\tdocker compose logs -f worker\n",
        ),
        (
            "a service behind a variable",
            "XFR008",
            "Makefile",
            "worker",
            "#- Makefile\nDC := docker compose -f docker-compose.yml\nsh:\n\t$(DC) exec worker sh\n",
        ),
        (
            "a service in a script",
            "XFR008",
            "scripts/up.sh",
            "worker",
            "#- scripts/up.sh\nset -e\ncd \"$(dirname \"$0\")/..\"\ndocker-compose up -d api worker\n",
        ),
        (
            "a service in a workflow",
            "XFR008",
            ".github/workflows/ci.yml",
            "worker",
            "#- .github/workflows/ci.yml\non: push\njobs:\n  t:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: docker compose run --rm worker pytest\n",
        ),
        (
            "a service in a composite action",
            "XFR008",
            ".github/actions/up/action.yml",
            "worker",
            "#- .github/actions/up/action.yml\nname: up\nruns:\n  using: composite\n  steps:\n    - run: docker compose up -d worker\n      shell: bash\n",
        ),
        (
            "a service in a document",
            "XFR008",
            "docs/run.md",
            "worker",
            "#- docs/run.md\n# Run\n```bash\ndocker compose restart worker\n```\n",
        ),
        (
            "a profile",
            "XFR008",
            "Makefile",
            "monitoring",
            "#- Makefile\nup:\n\tdocker compose --profile monitoring up -d\n",
        ),
        (
            "a compose file",
            "XFR006",
            "Makefile",
            "docker-compose.gpu.yml",
            "#- Makefile\nFILES = -f docker-compose.yml -f docker-compose.gpu.yml\nup:\n\tdocker compose $(FILES) up -d\n#- docker-compose.gpu.yml (deleted)\n",
        ),
        (
            "a make target in a document",
            "REF004",
            "README.md",
            "migrate-db",
            "#- Makefile\nmigrate:\n\techo\n#- README.md\nRun `make migrate-db` first.\n",
        ),
        (
            "a make target of another folder",
            "REF004",
            "ci.sh",
            "tset",
            "#- ci.sh\nmake -C backend tset\n#- backend/Makefile\ntest:\n\tpytest\n",
        ),
        (
            "a make target in a workflow",
            "REF004",
            ".github/workflows/ci.yml",
            "lint-all",
            "#- Makefile\nlint:\n\truff check\n#- .github/workflows/ci.yml\non: push\njobs:\n  t:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make lint-all\n",
        ),
        (
            "a script in a workflow",
            "REF005",
            ".github/workflows/ci.yml",
            "scripts/wait.sh",
            "#- .github/workflows/ci.yml\non: push\njobs:\n  t:\n    runs-on: ubuntu-latest\n    steps:\n      - run: bash scripts/wait.sh\n#- scripts/wait.sh (deleted)\n",
        ),
        (
            "a script below a working directory",
            "REF005",
            ".github/workflows/ci.yml",
            "web/scripts/e2e.sh",
            "#- .github/workflows/ci.yml\non: push\njobs:\n  t:\n    runs-on: ubuntu-latest\n    defaults:\n      run:\n        working-directory: web\n    steps:\n      - run: ./scripts/e2e.sh\n#- web/scripts/e2e.sh (deleted)\n#- web/a.txt\nx\n",
        ),
        (
            "a Dockerfile in a matrix",
            "CI003|REF001|REF002",
            ".github/workflows/build.yml",
            "worker/Dockerfile",
            "#- .github/workflows/build.yml\non: push\njobs:\n  b:\n    runs-on: ubuntu-latest\n    strategy:\n      matrix:\n        include:\n          - name: api\n            dockerfile: api/Dockerfile\n          - name: worker\n            dockerfile: worker/Dockerfile\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          file: ${{ matrix.dockerfile }}\n#- api/Dockerfile\nFROM alpine:3\n#- worker/Dockerfile (deleted)\n",
        ),
        (
            "a file in a comment",
            "REF001",
            "app/main.py",
            "app/legacy.py",
            "#- app/main.py\n# Keep in step with app/legacy.py.\nprint()\n#- app/legacy.py (deleted)\n",
        ),
        (
            "a file in a document",
            "REF001",
            "docs/guide.md",
            "config/models.yaml",
            "#- docs/guide.md\nSee `config/models.yaml`.\n#- config/models.yaml (deleted)\n",
        ),
        (
            "a file in pyproject",
            "REF001",
            "pyproject.toml",
            "scripts/gen.py",
            "#- pyproject.toml\n[tool.x]\nscript = \"scripts/gen.py\"\n#- scripts/gen.py (deleted)\n",
        ),
        (
            "a file in a Dockerfile",
            "REF001|REF002",
            "Dockerfile",
            "docker/entry.sh",
            "#- Dockerfile\nFROM alpine:3\nCOPY docker/entry.sh /entry.sh\n#- docker/entry.sh (deleted)\n",
        ),
        (
            "a filter of paths",
            "REF006",
            ".github/workflows/ci.yml",
            "backend/**",
            "#- .github/workflows/ci.yml\non:\n  push:\n    paths: ['backend/**']\njobs:\n  t:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo\n#- backend/a.py (deleted)\n",
        ),
        (
            "a package script",
            "REF005",
            ".github/workflows/ci.yml",
            "tets",
            "#- .github/workflows/ci.yml\non: push\njobs:\n  t:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm run tets\n#- package.json\n{\"scripts\": {\"test\": \"vitest\"}}\n",
        ),
        (
            "a local action",
            "CI003",
            ".github/workflows/ci.yml",
            ".github/actions/setup",
            "#- .github/workflows/ci.yml\non: push\njobs:\n  t:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: ./.github/actions/setup\n#- .github/actions/setup/action.yml (deleted)\n",
        ),
        (
            "depends_on",
            "DEP001",
            "docker-compose.prod.yml",
            "cache",
            "#- docker-compose.prod.yml\nservices:\n  x:\n    image: x:1\n    depends_on: [cache]\n",
        ),
    ];
    let texts: Vec<Case> = cases
        .iter()
        .map(|it| {
            let text = format!("{COMPOSE}{}", it.4);
            (it.0, it.1, it.2, it.3, &*Box::leak(text.into_boxed_str()))
        })
        .collect();
    found(&texts);
}

#[test]
fn sound_twins_are_not_told_of() {
    silent(&[
        (
            "rsync of the whole tree",
            "#- compose.prod.yml\nservices:\n  a:\n    image: a:1\n    volumes: [\"./db/init.sql:/i.sql\"]\n#- db/init.sql\nselect 1;\n#- deploy.sh\nrsync -a --exclude .git ./ me@host:/srv/app/\nssh me@host 'cd /srv/app && docker compose -f compose.prod.yml up -d'\n",
        ),
        (
            "a folder for what containers make",
            "#- compose.yml\nservices:\n  a:\n    image: a:1\n    volumes: [\"./consume:/consume\", \"./data/pg:/pg\"]\n",
        ),
        (
            "what a text tells of the past",
            "#- docs/a.md\nThe settings were in `app/old.py`; they used to be split. Moved from `app/old2.py`.\n#- app/old.py (deleted)\n#- app/old2.py (deleted)\n#- app/new.py\nx = 1\n",
        ),
        (
            "a service that is commented out",
            "#- compose.yml\nservices:\n  a:\n    image: a:1\n  # seed:\n  #   image: a:1\n#- README.md\nThen `docker compose run --rm seed`.\n",
        ),
        (
            "fragments that go together",
            "#- dockers/net.yml\nnetworks:\n  back:\n#- dockers/redis.yml\nservices:\n  redis:\n    image: redis:8\n    networks: [back]\n",
        ),
        (
            "a moved resource",
            "#- main.tf\nmodule \"a\" {\n  source = \"./a\"\n}\nmoved {\n  from = aws_x.y\n  to   = module.a.aws_x.y\n}\n#- a/main.tf\noutput \"z\" {\n  value = 1\n}\n",
        ),
        (
            "a translation",
            "#- locale/de.po\n#: app/old.py:3\nmsgid \"a\"\n#- app/old.py (deleted)\n#- app/new.py\nx = 1\n",
        ),
    ]);
}

/// Returns the cases of a file, each with its repository: `### name | codes | path | words`, or `### silent: name`.
fn cases_of(text: &'static str) -> (Vec<Case>, Vec<(&'static str, &'static str)>) {
    let (mut loud, mut sound) = (Vec::new(), Vec::new());
    for case in text.split("### ").skip(1) {
        let (head, body) = case.split_once('\n').unwrap_or((case, ""));
        match (head.strip_prefix("silent: "), head.split(" | ").collect::<Vec<_>>().as_slice()) {
            (Some(name), _) => sound.push((name, body)),
            (None, [name, codes, path, words]) => loud.push((*name, *codes, *path, *words, body)),
            _ => panic!("{head}"),
        }
    }
    (loud, sound)
}

fn holds(text: &'static str) {
    let (loud, sound) = cases_of(text);
    assert!(!loud.is_empty() && !sound.is_empty());
    found(&loud);
    silent(&sound);
}

#[test]
fn deployments_in_other_ways() {
    holds(include_str!("../unseen/deploy.txt"));
}

#[test]
fn references_in_other_files() {
    holds(include_str!("../unseen/references.txt"));
}

#[test]
fn wiring_in_other_words() {
    holds(include_str!("../unseen/wiring.txt"));
}

#[test]
fn compose_files_in_other_shapes() {
    holds(include_str!("../unseen/compose.txt"));
}

#[test]
fn settings_in_other_languages() {
    holds(include_str!("../unseen/settings.txt"));
}

#[test]
fn kubernetes_in_other_shapes() {
    holds(include_str!("../unseen/kubernetes.txt"));
}

#[test]
fn names_of_what_runs() {
    holds(include_str!("../unseen/names.txt"));
}

#[test]
fn ports_that_nothing_opens() {
    holds(include_str!("../unseen/ports.txt"));
}

#[test]
fn configurations_of_what_watches_and_routes() {
    holds(include_str!("../unseen/monitoring.txt"));
}

#[test]
fn what_crosses_from_one_file_or_machine_to_another() {
    holds(include_str!("../unseen/crossing.txt"));
}
