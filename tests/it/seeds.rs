//! The mistakes of the checklist, made in a copy of each of the five systems, are found with both places.

use std::path::Path;

use specc::files::OnDisk;
use specc::ops::check::{CheckOptions, check};
use specc::source::Sources;

use crate::clean::repository;

/// A change to a file of the copy.
#[derive(Clone, Copy)]
enum Edit {
    /// A text is replaced by another, once.
    Replace(&'static str, &'static str, &'static str),
    /// The file is deleted.
    Delete(&'static str),
    /// A file is added, or its end is.
    Append(&'static str, &'static str),
}
use Edit::{Append, Delete, Replace};

impl Edit {
    fn make(self, root: &Path) {
        let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap_or_default();
        let (path, text) = match self {
            Delete(path) => return std::fs::remove_file(root.join(path)).unwrap(),
            Append(path, text) => (path, read(path) + text),
            Replace(path, from, to) => {
                let text = read(path);
                assert!(text.contains(from), "{path} has no {from:?}");
                (path, text.replacen(from, to, 1))
            }
        };
        std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        std::fs::write(root.join(path), text).unwrap();
    }
}

/// A mistake: the edits, the codes that may tell of it, words of the message, the file in which it is told, and the
/// other file that is pointed at (empty where the other place is gone).
struct Seed {
    name: &'static str,
    edits: &'static [Edit],
    codes: &'static str,
    words: &'static str,
    path: &'static str,
    related: &'static str,
}

const fn seed(
    name: &'static str,
    edits: &'static [Edit],
    codes: &'static str,
    (words, path, related): (&'static str, &'static str, &'static str),
) -> Seed {
    Seed { name, edits, codes, words, path, related }
}

/// A finding: its code, its path, its words, and the paths of its other places.
type Told = (String, String, String, Vec<String>);

fn tell(folder: &Path) -> Vec<Told> {
    let files = OnDisk::new(folder).unwrap();
    let mut sources = Sources::default();
    let checked = check(&files, CheckOptions::default(), &mut sources);
    let path = |span: specc::source::Span| sources.path(span.file).to_string();
    let told = |it: &specc::diag::Diagnostic| {
        let words = format!("{} {}", it.message, it.help.clone().unwrap_or_default());
        Some((it.code.id.to_string(), path(it.span()?), words, it.related.iter().map(|it| path(it.span)).collect()))
    };
    checked.findings.iter().filter_map(told).collect()
}

fn sow(system: &str, seeds: &[Seed]) {
    let mut missed = Vec::new();
    for seed in seeds {
        let folder = repository(system, |root| seed.edits.iter().for_each(|it| it.make(root)));
        let all = tell(folder.path());
        let is_it = |it: &&Told| {
            seed.codes.split('|').any(|code| code == it.0)
                && it.1 == seed.path
                && it.2.contains(seed.words)
                && (seed.related.is_empty() || it.3.iter().any(|it| it == seed.related))
        };
        if !all.iter().any(|it| is_it(&it)) {
            missed.push(format!("{}: {all:#?}", seed.name));
        }
    }
    assert!(missed.is_empty(), "{system}, {} of {} missed:\n{}", missed.len(), seeds.len(), missed.join("\n"));
}

#[test]
fn in_yapit() {
    const CONFIG: &str = "yapit/gateway/config.py";
    sow(
        "yapit",
        &[
            seed(
                "a field nobody sets",
                &[Replace(CONFIG, "    redis_url: str\n", "    redis_url: str\n    license_endpoint: str\n")],
                "ENV001|ENV002",
                ("LICENSE_ENDPOINT", CONFIG, ".env.template"),
            ),
            seed(
                "a line dropped from production",
                &[Replace(".env.prod", "BILLING_ENABLED=", "# ")],
                "ENV001|ENV006",
                ("BILLING_ENABLED", ".env.dev", ".env.prod"),
            ),
            seed(
                "a dev mount",
                &[Delete("dev/init-db.sql")],
                "MNT001",
                ("dev/init-db.sql", "docker-compose.dev.yml", ""),
            ),
            seed(
                "a prod mount",
                &[Append("docker-compose.prod.yml", "\n# end\n"), Delete("docker/metrics-init.sql")],
                "MNT001|MNT015|REF001",
                ("docker/metrics-init.sql", "docker-compose.prod.yml", ""),
            ),
            seed(
                "a transfer",
                &[Append(
                    "scripts/ship.sh",
                    "#!/bin/bash\nset -eu\nscp docker-compose.yml me@host:/srv/yapit/\nssh me@host 'cd /srv/yapit && docker compose -f docker-compose.yml up -d'\n",
                )],
                "XFR001",
                ("docker/metrics-init.sql", "docker-compose.yml", "scripts/ship.sh"),
            ),
            seed(
                "a fixture",
                &[Replace(
                    "tests/yapit/gateway/api/conftest.py",
                    "ai_processor=None",
                    "ai_processor=None, tts_file=None",
                )],
                "FIX001",
                ("tts_file", "tests/yapit/gateway/api/conftest.py", CONFIG),
            ),
            seed(
                "a deleted file",
                &[
                    Append("agent/knowledge/db.md", "The schema of metrics is `dev/init-db.sql`.\n"),
                    Delete("dev/init-db.sql"),
                ],
                "REF001",
                ("dev/init-db.sql", "agent/knowledge/db.md", ""),
            ),
            seed(
                "a deleted service",
                &[Append(
                    "agent/knowledge/ops.md",
                    "```bash\ndocker compose -f docker-compose.prod.yml logs yolo-gpu-9\n```\n",
                )],
                "XFR008",
                ("yolo-gpu-9", "agent/knowledge/ops.md", ""),
            ),
        ],
    );
}

#[test]
fn in_course_supporter() {
    const CONFIG: &str = "src/course_supporter/config.py";
    sow(
        "course-supporter",
        &[
            seed(
                "a field nobody sets",
                &[Replace(CONFIG, "    log_level: str", "    license_endpoint: str\n    log_level: str")],
                "ENV001|ENV002",
                ("LICENSE_ENDPOINT", CONFIG, "docker-compose.prod.yaml"),
            ),
            seed(
                "a variable dropped from the template",
                &[
                    Replace(".env.prod.example", "POSTGRES_PASSWORD=", "# "),
                    Replace(".env.example", "POSTGRES_PASSWORD=", "# "),
                ],
                "ENV013|ENV001|ENV002|ENV006",
                ("POSTGRES_PASSWORD", "docker-compose.prod.yaml", ""),
            ),
            seed(
                "a variable misspelt in compose",
                &[Replace("docker-compose.prod.yaml", "${POSTGRES_PASSWORD", "${POSTGRES_PASWORD")],
                "ENV013",
                ("POSTGRES_PASWORD", "docker-compose.prod.yaml", ""),
            ),
            seed(
                "a dev mount",
                &[Delete("scripts/init-db.sh")],
                "MNT001",
                ("scripts/init-db.sh", "docker-compose.yaml", ""),
            ),
            seed(
                "a prod mount",
                &[
                    Append(
                        "deploy/compose.prod.yml",
                        "services:\n  probe:\n    image: curlimages/curl:8\n    volumes: [\"../scripts/smoke_test.sh:/smoke.sh:ro\"]\n",
                    ),
                    Delete("scripts/smoke_test.sh"),
                ],
                "MNT001",
                ("scripts/smoke_test.sh", "deploy/compose.prod.yml", ""),
            ),
            seed(
                "a transfer",
                &[Append(
                    "scripts/ship.sh",
                    "#!/bin/bash\nset -eu\nscp docker-compose.yaml me@host:/srv/cs/\nssh me@host 'cd /srv/cs && docker compose -f docker-compose.yaml up -d'\n",
                )],
                "XFR001",
                ("scripts/init-db.sh", "docker-compose.yaml", "scripts/ship.sh"),
            ),
            seed(
                "a fixture",
                &[Replace(
                    "tests/unit/test_config.py",
                    "postgres_user=\"u\"",
                    "postgres_user=\"u\", postgres_schema=\"s\"",
                )],
                "FIX001",
                ("postgres_schema", "tests/unit/test_config.py", CONFIG),
            ),
            seed(
                "a deleted file",
                &[Append("docs/ops.md", "Run `scripts/smoke_test.sh` then.\n"), Delete("scripts/smoke_test.sh")],
                "REF001|REF005",
                ("scripts/smoke_test.sh", "docs/ops.md", ""),
            ),
            seed(
                "a deleted service",
                &[Append(
                    "docs/ops.md",
                    "`docker compose -f docker-compose.prod.yaml --env-file .env.prod restart indexer`\n",
                )],
                "XFR008",
                ("indexer", "docs/ops.md", ""),
            ),
        ],
    );
}

#[test]
fn in_vyvo_compute() {
    const COMPOSE: &str = "deploy/docker-compose.yml";
    const SETTINGS: &str = "from pydantic_settings import BaseSettings, SettingsConfigDict\n\nclass Settings(BaseSettings):\n    model_config = SettingsConfigDict(extra=\"ignore\")\n    redis_url: str\n    model_id: str = \"qwen-image\"\n\nsettings = Settings()\nprint(settings.redis_url, settings.model_id)\n";
    sow(
        "vyvo-compute",
        &[
            seed(
                "a field nobody sets",
                &[
                    Append("deploy/settings.py", SETTINGS),
                    Append("deploy/.env.example", "REDIS_URL=redis://redis\n"),
                    Replace(
                        "deploy/settings.py",
                        "    redis_url: str\n",
                        "    redis_url: str\n    license_endpoint: str\n",
                    ),
                ],
                "ENV001|ENV002",
                ("LICENSE_ENDPOINT", "deploy/settings.py", "deploy/.env.example"),
            ),
            seed(
                "a variable dropped from the template",
                &[Replace("deploy/.env.example", "MINIO_ROOT_PASSWORD=\n", "")],
                "ENV013",
                ("MINIO_ROOT_PASSWORD", COMPOSE, ""),
            ),
            seed(
                "a variable misspelt in compose",
                &[Replace(COMPOSE, "${POSTGRES_PASSWORD", "${POSTGRES_PASWORD")],
                "ENV013",
                ("POSTGRES_PASWORD", COMPOSE, "deploy/.env.example"),
            ),
            seed(
                "a dev mount",
                &[Delete("configs/otel/otel-config.yaml")],
                "MNT001",
                ("configs/otel/otel-config.yaml", COMPOSE, ""),
            ),
            seed(
                "a prod mount",
                &[
                    Append(
                        "deploy/docker-compose.prod.yml",
                        "services:\n  otel:\n    image: otel/opentelemetry-collector:0.120.0\n    volumes: [\"../configs/otel/otel-config.yaml:/etc/otel.yaml:ro\"]\n",
                    ),
                    Delete("configs/otel/otel-config.yaml"),
                ],
                "MNT001",
                ("configs/otel/otel-config.yaml", "deploy/docker-compose.prod.yml", ""),
            ),
            seed(
                "a transfer",
                &[
                    Append(
                        "compose.prod.yml",
                        "services:\n  otel:\n    image: otel/opentelemetry-collector:0.120.0\n    volumes: [\"./configs/otel/otel-config.yaml:/etc/otel.yaml:ro\"]\n",
                    ),
                    Append(
                        "ship.sh",
                        "#!/bin/bash\nset -eu\nrsync -a compose.prod.yml me@host:/srv/vyvo/\nssh me@host 'cd /srv/vyvo && docker compose -f compose.prod.yml up -d'\n",
                    ),
                ],
                "XFR001",
                ("configs/otel/otel-config.yaml", "compose.prod.yml", "ship.sh"),
            ),
            seed(
                "a fixture",
                &[
                    Append("runners/settings.py", SETTINGS),
                    Append(
                        "tests/conftest.py",
                        "from runners.settings import Settings\n\ndef settings():\n    return Settings(redis_url=\"x\", queue_name=\"y\")\n",
                    ),
                ],
                "FIX001",
                ("queue_name", "tests/conftest.py", "runners/settings.py"),
            ),
            seed(
                "a deleted file",
                &[
                    Append("docs/telemetry.md", "See `configs/otel/otel-config.yaml`.\n"),
                    Delete("configs/otel/otel-config.yaml"),
                ],
                "REF001",
                ("configs/otel/otel-config.yaml", "docs/telemetry.md", ""),
            ),
            seed(
                "a deleted service",
                &[Append("Makefile", "\nlogs:\n\tdocker compose -f deploy/docker-compose.yml logs -f admin_api\n")],
                "XFR008",
                ("admin_api", "Makefile", ""),
            ),
        ],
    );
}

#[test]
fn in_semantik() {
    const CONFIG: &str = "packages/shared/config/webui.py";
    sow(
        "semantik",
        &[
            seed(
                "a field nobody sets",
                &[Replace(CONFIG, "    JWT_SECRET_KEY: str\n", "    JWT_SECRET_KEY: str\n    LICENSE_ENDPOINT: str\n")],
                "ENV001|ENV002",
                ("LICENSE_ENDPOINT", CONFIG, ""),
            ),
            seed(
                "a variable dropped from the template",
                &[Replace(".env.docker.example", "JWT_SECRET_KEY=\n", "")],
                "ENV001|ENV002|ENV013",
                ("JWT_SECRET_KEY", "docker-compose.yml", ""),
            ),
            seed(
                "a variable that does not reach the container",
                &[Replace("docker-compose.yml", "CONNECTOR_SECRETS_KEY", "CONNECTOR_SECRET_KEY")],
                "ENV003|ENV004",
                ("CONNECTOR_SECRET", "docker-compose.yml", ""),
            ),
            seed(
                "a dev mount",
                &[
                    Append(
                        "docker-compose.dev.yml",
                        "\n  pgweb:\n    image: sosedoff/pgweb:0.16\n    volumes: [\"./alembic.ini:/alembic.ini:ro\"]\n",
                    ),
                    Delete("alembic.ini"),
                ],
                "MNT001|YML001",
                ("alembic.ini", "docker-compose.dev.yml", ""),
            ),
            seed("a prod mount", &[Delete("nginx.conf")], "MNT001", ("nginx.conf", "docker-compose.prod.yml", "")),
            seed(
                "a transfer",
                &[Append(
                    "scripts/ship.sh",
                    "#!/bin/bash\nset -eu\nscp docker-compose.yml docker-compose.prod.yml me@host:/srv/semantik/\nssh me@host 'cd /srv/semantik && docker compose -f docker-compose.yml -f docker-compose.prod.yml up -d'\n",
                )],
                "XFR001",
                ("nginx.conf", "docker-compose.prod.yml", "scripts/ship.sh"),
            ),
            seed(
                "a fixture",
                &[Replace("tests/conftest.py", "DB_POOL_SIZE=1", "DB_POOL_SIZE=1, DB_SCHEMA=\"s\"")],
                "FIX001",
                ("DB_SCHEMA", "tests/conftest.py", "packages/shared/config/postgres.py"),
            ),
            seed(
                "a deleted file",
                &[Delete("docker-compose.cuda.yml")],
                "REF001|XFR006",
                ("docker-compose.cuda.yml", "docs/infrastructure.md", ""),
            ),
            seed(
                "a deleted service",
                &[Append("Makefile", "\nflower-logs:\n\tdocker compose logs -f flower-ui\n")],
                "XFR008",
                ("flower-ui", "Makefile", ""),
            ),
        ],
    );
}

#[test]
fn in_oh_my_coins() {
    const CONFIG: &str = "backend/app/core/config.py";
    sow(
        "oh-my-coins",
        &[
            seed(
                "a field nobody sets",
                &[Replace(CONFIG, "    PROJECT_NAME: str\n", "    PROJECT_NAME: str\n    LICENSE_ENDPOINT: str\n")],
                "ENV001|ENV002",
                ("LICENSE_ENDPOINT", CONFIG, ""),
            ),
            seed(
                "a variable dropped from the template",
                &[Replace(".env.template", "FRONTEND_HOST=", "# ")],
                "ENV001|ENV002|ENV013",
                ("FRONTEND_HOST", "docker-compose.yml", ""),
            ),
            seed(
                "a variable misspelt in compose",
                &[Replace("docker-compose.yml", "${DOMAIN", "${DOMIAN")],
                "ENV013",
                ("DOMIAN", "docker-compose.yml", ""),
            ),
            seed(
                "a dev mount",
                &[
                    Append("docker-compose.dev.yml", "\n# end\n"),
                    Replace("docker-compose.dev.yml", "./backend/app\n", "./backend/apps\n"),
                ],
                "MNT001",
                ("backend/apps", "docker-compose.dev.yml", ""),
            ),
            seed(
                "a prod mount",
                &[
                    Append(
                        "docker-compose.prod.yml",
                        "services:\n  proxy:\n    image: nginx:1.27\n    volumes: [\"./frontend/nginx.conf:/etc/nginx/nginx.conf:ro\"]\n",
                    ),
                    Delete("frontend/nginx.conf"),
                ],
                "MNT001",
                ("frontend/nginx.conf", "docker-compose.prod.yml", ""),
            ),
            seed(
                "a transfer",
                &[
                    Append(
                        "docker-compose.prod.yml",
                        "services:\n  proxy:\n    image: nginx:1.27\n    volumes: [\"./frontend/nginx.conf:/etc/nginx/nginx.conf:ro\"]\n",
                    ),
                    Append(
                        "scripts/ship.sh",
                        "#!/bin/bash\nset -eu\nscp docker-compose.prod.yml me@host:/srv/omc/\nssh me@host 'cd /srv/omc && docker compose -f docker-compose.prod.yml up -d'\n",
                    ),
                ],
                "XFR001",
                ("frontend/nginx.conf", "docker-compose.prod.yml", "scripts/ship.sh"),
            ),
            seed(
                "a fixture",
                &[Append(
                    "backend/tests/conftest.py",
                    "\n\ndef settings():\n    from app.core.config import Settings\n\n    return Settings(PROJECT_NAME=\"x\", BINANCE_KEY=\"y\")\n",
                )],
                "FIX001",
                ("BINANCE_KEY", "backend/tests/conftest.py", CONFIG),
            ),
            seed(
                "a deleted file",
                &[Append("infra/ops.md", "Run `scripts/db-reset.sh` then.\n"), Delete("scripts/db-reset.sh")],
                "REF001|REF005",
                ("scripts/db-reset.sh", "infra/ops.md", ""),
            ),
            seed(
                "a deleted service",
                &[Append(
                    "scripts/test.sh",
                    "#!/bin/bash\ncd \"$(dirname \"$0\")/..\"\ndocker compose up -d mailcatcher\n",
                )],
                "XFR008",
                ("mailcatcher", "scripts/test.sh", ""),
            ),
        ],
    );
}
