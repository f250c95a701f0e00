//! No secret of a repository or a spec is told: values are planted in every kind of file, on lines that findings quote,
//! and no format of any command prints one.

use std::fs;
use std::process::Command;

use specc::report::Format;
use tempfile::TempDir;

/// Files with planted values, all of which have `canary` in them, and with a mistake on or beside each such line.
const FILES: &[(&str, &str)] = &[
    (
        ".env",
        "API_KEY=\"env-canary-1\"\nAPI_KEY=env-canary-2\nDATABASE_URL='postgres://app:canary-3@db:5432/app' # note\nSMTP_PASSWORD=canary 4\nPOOL_PASSWORD=pw-canary-31\n",
    ),
    (".env.prod", "API_KEY='prod canary-5'\nexport SIGNING_SALT = canary-6\n"),
    (".env.example", "API_KEY=change-canary-7\n"),
    (
        "docker-compose.yml",
        "services:\n  api:\n    build: .\n    env_file: [.env, .env]\n    environment:\n      DB_PASSWORD: compose-canary-8\n      API_KEY: \"compose-canary-9\"\n      BROKER_URL: amqp://user:canary-10@nowhere:5672/\n      LOGIN: ${LOGIN_TOKEN:-canary-11}\n      UNREAD_SECRET: un-canary-12\n    command: server --password canary-13 --port 1\n    volumes: [\"./gone.conf:/etc/gone.conf:ro\"]\n    depends_on: [databse]\n    healthcheck: {test: [\"CMD\", \"curl\", \"-u\", \"admin:canary-14x\", \"http://localhost:1\"]}\n  cache:\n    image: redis\n    command: redis-server --requirepass canary-15\n    environment: [\"REDIS_PASSWORD=canary-16\", \"REDIS_PASSWORD=canary-17\"]\n    labels:\n      traefik.http.routers.x.entrypoints: nowhere\n      traefik.http.middlewares.a.basicauth.users: admin:$$apr1$$canary-18\n",
    ),
    (
        "docker-compose.prod.yml",
        "services:\n  api:\n    environment:\n      DB_PASSWORD: compose-canary-19\n    ports: []\n",
    ),
    (
        "Dockerfile",
        "FROM python:3.12-slim\nARG API_TOKEN=docker-canary-20\nENV SECRET_KEY=docker-canary-21\nCOPY gone.txt /x\nHEALTHCHECK CMD curl -H 'Authorization: Bearer canary22canary' http://localhost\nCMD [\"python\", \"app.py\"]\n",
    ),
    (
        "app.py",
        "import os\nfrom pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n    api_key: str = 'py-canary-23'\n    pool_password: int\n    smtp_password: str = \"py-canary-24\"\n    port: int = 1\n\n\nsettings = Settings()\nx = os.environ.get('SESSION_SECRET', 'py-canary-25')\nclient = connect(api_key='py-canary-26', port=settings.port)\n",
    ),
    (
        "tests/conftest.py",
        "from app import Settings\n\n\ndef settings():\n    return Settings(api_key='test-canary-27', nothing_password='test-canary-28')\n",
    ),
    (
        "deploy.sh",
        "#!/bin/sh\nset -eu\nexport DEPLOY_TOKEN=sh-canary-29\nscp gone.conf host:/srv/gone.conf\nDB_PASSWORD='sh canary-30' docker compose -f docker-compose.yml -f gone.yml up -d\nset -a; . ./.env.prod; set +a\ndocker stack deploy -c docker-compose.prod.yml app\ncurl -H \"X-Token: $DEPLOY_TOKEN\" -u me:canary-32 http://nowhere/\n",
    ),
    (
        "Makefile",
        "export GRAFANA_PASSWORD = make-canary-33\nup:\n\tAPI_KEY=make-canary-34 docker compose -f gone.yml up\n",
    ),
    (
        ".github/workflows/ci.yml",
        "on: {push: {branches: [nowhere], paths: ['gone/**']}}\nenv:\n  API_TOKEN: wf-canary-35\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: ./gone.sh --token canary-36\n        env: {DB_PASSWORD: wf-canary-37}\n",
    ),
    (
        "k8s/app.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  whatever: k8s-canary-38\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  template:\n    spec:\n      containers:\n        - name: a\n          image: a:latest\n          env: [{name: DB_PASSWORD, value: k8s-canary-39}]\n          envFrom: [{secretRef: {name: gone}}]\n",
    ),
    (
        "nginx.conf",
        "server {\n  location / {\n    proxy_set_header Authorization \"Basic canary40canary==\";\n    proxy_pass http://nowhere:1;\n  }\n}\n",
    ),
    (
        "README.md",
        "# Setup\n\nSet `API_KEY=md-canary-41` in [the file](gone.md).\n\n```sh\nexport API_TOKEN=md-canary-42 && docker compose -f gone.yml up\n```\n",
    ),
    ("web/a.js", "const k = process.env.SESSION_SECRET || 'js-canary-43'; const f = require('./gone.js');\n"),
    ("id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\ncanary44canary44\n-----END OPENSSH PRIVATE KEY-----\n"),
];

fn tree(files: &[(&str, &str)]) -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = tree.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    tree
}

/// Runs specc, and returns everything that it prints.
fn printed(tree: &TempDir, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_specc")).args(arguments).current_dir(tree.path()).output().unwrap();
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn assert_quiet(text: &str, of: &[&str]) {
    let told: Vec<&str> = text.lines().filter(|it| it.contains("canary")).collect();
    assert!(told.is_empty(), "specc {} tells\n{}", of.join(" "), told.join("\n"));
}

#[test]
fn no_format_of_check_tells_a_secret() {
    let tree = tree(FILES);
    for format in Format::ALL {
        for more in [&["--pedantic"][..], &["--pedantic", "--no-ignores", "--color", "always"]] {
            let arguments = [&["check", "--format", format.name()], more].concat();
            let text = printed(&tree, &arguments);
            assert_quiet(&text, &arguments);
            if format == Format::Human {
                assert!(text.contains("********"), "nothing was quoted at all:\n{text}");
            }
        }
    }
    // The lines must have been quoted for this to say anything: each of these files has findings.
    let text = printed(&tree, &["check", "--pedantic", "--format", "concise"]);
    let without =
        [".env.example", "docker-compose.prod.yml", "id_rsa", "k8s/app.yaml", "nginx.conf", "README.md", "web/a.js"];
    for (path, _) in FILES.iter().filter(|it| !without.contains(&it.0)) {
        assert!(text.contains(&format!("{path}:")), "no finding in {path}:\n{text}");
    }
}

#[test]
fn explaining_a_variable_tells_no_secret() {
    let tree = tree(FILES);
    let names = [
        "API_KEY",
        "DB_PASSWORD",
        "DATABASE_URL",
        "SESSION_SECRET",
        "SMTP_PASSWORD",
        "API_TOKEN",
        "LOGIN_TOKEN",
        "BROKER_URL",
        "SECRET_KEY",
        "GRAFANA_PASSWORD",
    ];
    for name in names {
        for format in ["human", "json"] {
            let arguments = ["explain", name, "--format", format];
            let text = printed(&tree, &arguments);
            assert!(text.contains(name), "{text}");
            assert_quiet(&text, &arguments);
        }
    }
}

const SPEC: &str = "specc: 1
system: {name: demo}
vars:
  app:
    SESSION_KEY: {secret: openssl rand -hex 32, required: true}
    API_KEY: {default: spec-canary-1}
    DATABASE_URL: {default: \"postgres://app:canary-2@db/app\"}
services:
  web: {image: \"web:1\", vars: [app], env: {SMTP_PASSWORD: spec-canary-3}}
environments:
  dev: {target: compose, file: docker-compose.yml, env_files: [.env], template: .env.example, public: .env.public}
";

#[test]
fn commands_about_a_spec_tell_no_secret() {
    let tree = tree(&[("specc.yaml", SPEC)]);
    let commands: &[&[&str]] = &[
        &["build", "--diff"],
        &["plan", "--diff"],
        &["plan", "--diff", "--format", "json"],
        &["build", "--format", "json"],
        &["env", "dev"],
        &["env", "dev", "--format", "json"],
        &["explain", "services.web"],
        &["explain", "docker-compose.yml:5"],
        &["explain", "vars.app"],
        &["loss"],
        &["loss", "--format", "json"],
        &["check", "--pedantic"],
        &["check", "--pedantic", "--format", "sarif"],
    ];
    let before: Vec<String> = commands.iter().map(|it| printed(&tree, it)).collect();
    // What a person typed into a generated file is no more to be told than what stands in the spec.
    let template = fs::read_to_string(tree.path().join(".env.example")).unwrap();
    fs::write(tree.path().join(".env.example"), template.replace("SESSION_KEY=", "SESSION_KEY=typed-canary-4"))
        .unwrap();
    for (arguments, before) in commands.iter().zip(before) {
        assert_quiet(&before, arguments);
        assert_quiet(&printed(&tree, arguments), arguments);
    }
    // And if the spec is wrong, on the same lines.
    let wrong = SPEC.replace("{default: spec-canary-1}", "{default: spec-canary-1, defautl: spec-canary-5}");
    let wrong = wrong.replace("env: {", "replicas: many, envv: {TOKEN: spec-canary-6}, env: {");
    fs::write(tree.path().join("specc.yaml"), wrong).unwrap();
    for arguments in commands {
        let text = printed(&tree, arguments);
        assert_quiet(&text, arguments);
    }
    assert!(printed(&tree, &["build"]).contains("defautl"));
}
