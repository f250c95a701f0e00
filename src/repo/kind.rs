//! Which kind of file a path is: decides which reader gets it.
//!
//! The path alone decides for most. A YAML or configuration file of no telling name is decided by its text in
//! [`refine`], with a few substring searches and no parsing.

use serde::{Deserialize, Serialize};

/// What a file is, as far as specc reads it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Kind {
    /// A compose file, base or overlay, or a Swarm stack.
    Compose,
    /// An env file with values that something loads.
    EnvFile,
    /// An env file that documents what must be set: `.env.example`, `.env.template` ….
    EnvTemplate,
    /// A Dockerfile.
    Dockerfile,
    /// Python source.
    Python,
    /// JavaScript or TypeScript source.
    Script,
    /// Go source.
    Go,
    /// Rust source.
    Rust,
    /// A shell script.
    Shell,
    /// A Makefile.
    Makefile,
    /// A GitHub workflow or composite action.
    Workflow,
    /// nginx configuration.
    Nginx,
    /// Traefik static or dynamic configuration.
    Traefik,
    /// Kubernetes manifests.
    Kubernetes,
    /// A Markdown document.
    Markdown,
    /// A TOML file.
    Toml,
    /// A JSON file.
    Json,
    /// A YAML file of no known kind.
    Yaml,
    /// A specc spec: the compiler reads it, and names in it what it is yet to generate.
    Spec,
    /// `.gitignore`, `.dockerignore` and their like: names things that need not exist.
    IgnoreList,
    /// Any other text.
    Text,
    /// Not worth opening, judged by its extension.
    Binary,
}

impl Kind {
    /// Names the kind for the summary, in the plural.
    pub fn plural(self) -> &'static str {
        match self {
            Kind::Compose => "compose files",
            Kind::EnvFile => "env files",
            Kind::EnvTemplate => "env templates",
            Kind::Dockerfile => "Dockerfiles",
            Kind::Python => "Python files",
            Kind::Script => "JavaScript and TypeScript files",
            Kind::Go => "Go files",
            Kind::Rust => "Rust files",
            Kind::Shell => "shell scripts",
            Kind::Makefile => "Makefiles",
            Kind::Workflow => "workflows",
            Kind::Nginx => "nginx files",
            Kind::Traefik => "Traefik files",
            Kind::Kubernetes => "Kubernetes files",
            Kind::Markdown => "Markdown files",
            Kind::Toml => "TOML files",
            Kind::Json => "JSON files",
            Kind::Yaml => "other YAML files",
            Kind::Spec => "specs",
            Kind::IgnoreList => "ignore lists",
            Kind::Text => "other text files",
            Kind::Binary => "binary files",
        }
    }

    /// Returns whether blocks in such a file are made by indentation.
    pub fn is_yaml(self) -> bool {
        matches!(self, Kind::Compose | Kind::Workflow | Kind::Traefik | Kind::Kubernetes | Kind::Yaml)
    }
}

/// Returns the kind that a path promises.
pub fn of(path: &str) -> Kind {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    let extension = lower.rsplit_once('.').map_or("", |(_, it)| it);
    if is_installed(path) {
        return Kind::Binary;
    }
    if let Some(kind) = by_name(path, &lower) {
        return kind;
    }
    match extension {
        "yml" | "yaml" if path.starts_with(".github/workflows/") || path.contains("/.github/workflows/") => {
            Kind::Workflow
        }
        "yml" | "yaml" if is_compose_name(&lower) => Kind::Compose,
        "yml" | "yaml" if lower.starts_with("traefik") => Kind::Traefik,
        "yml" | "yaml" if lower.starts_with("kustomization.") => Kind::Kubernetes,
        "yml" | "yaml" => Kind::Yaml,
        "py" | "pyi" => Kind::Python,
        "js" | "jsx" | "ts" | "tsx" | "mjs" | "cjs" | "mts" | "cts" | "vue" | "svelte" | "astro" => Kind::Script,
        "go" => Kind::Go,
        "rs" => Kind::Rust,
        "sh" | "bash" | "zsh" | "ksh" => Kind::Shell,
        "mk" => Kind::Makefile,
        "md" | "mdx" | "markdown" => Kind::Markdown,
        "toml" if lower.starts_with("traefik") => Kind::Traefik,
        "toml" => Kind::Toml,
        "json" | "jsonc" | "json5" => Kind::Json,
        "conf" | "template" | "tmpl" if lower.contains("nginx") || path.contains("nginx/") => Kind::Nginx,
        _ if is_binary_extension(extension) => Kind::Binary,
        _ => Kind::Text,
    }
}

/// Returns whether a package manager put a file there, which git keeps by mistake: what it says is its authors'.
fn is_installed(path: &str) -> bool {
    let is_below = |folder: &str| path.find(folder).is_some_and(|at| at == 0 || path.as_bytes()[at - 1] == b'/');
    ["node_modules/", "site-packages/", ".venv/", ".yarn/releases/", ".yarn/plugins/"].into_iter().any(is_below)
}

fn by_name(path: &str, lower: &str) -> Option<Kind> {
    if lower == "action.yml" || lower == "action.yaml" {
        return path.contains(".github/").then_some(Kind::Workflow);
    }
    let is_other = [".yml", ".yaml", ".md", ".json", ".toml", ".py"].iter().any(|it| lower.ends_with(it));
    if matches!(lower, "makefile" | "gnumakefile") || lower.starts_with("makefile.") && !is_other {
        return Some(Kind::Makefile);
    }
    let is_whole = |rest: &str, at: usize| rest.is_empty() || rest.as_bytes()[at] == b'.';
    let is_dockerfile = ["dockerfile", "containerfile"].iter().any(|it| {
        let (after, before) = (lower.strip_prefix(it), lower.strip_suffix(it));
        after.is_some_and(|it| is_whole(it, 0)) || before.is_some_and(|it| is_whole(it, it.len().saturating_sub(1)))
    });
    if is_dockerfile && !lower.ends_with(".dockerignore") && !lower.ends_with(".md") {
        return Some(Kind::Dockerfile);
    }
    if lower.starts_with('.') && lower.ends_with("ignore") || lower.ends_with(".dockerignore") {
        return Some(Kind::IgnoreList);
    }
    env_kind(lower)
}

/// `.env`, `.env.prod`, `prod.env`, `env.example`; a template by any word that says so.
fn env_kind(lower: &str) -> Option<Kind> {
    // Hardly any name has it in it.
    if !lower.as_bytes().windows(3).any(|it| it == b"env") {
        return None;
    }
    if [".patch", ".diff", ".gpg", ".age"].iter().any(|it| lower.ends_with(it)) {
        return None;
    }
    let is_env = lower == ".env"
        || lower.starts_with(".env.")
        || lower.ends_with(".env")
        || lower.starts_with(".env-")
        || lower.starts_with(".env_")
        || lower.starts_with("env.") && env_template_word(lower)
        || lower.starts_with("env-") && env_template_word(lower)
        || lower.contains(".env.") && env_template_word(lower);
    let code = [".py", ".ts", ".js", ".md", ".sh", ".go", ".rs", ".json", ".yml", ".yaml"];
    if !is_env || code.iter().any(|it| lower.ends_with(it)) {
        return None;
    }
    Some(if env_template_word(lower) { Kind::EnvTemplate } else { Kind::EnvFile })
}

fn env_template_word(lower: &str) -> bool {
    ["example", "template", "sample", "dist", "tmpl", "default"].iter().any(|it| lower.contains(it))
}

fn is_compose_name(lower: &str) -> bool {
    let stem = lower.strip_prefix("docker-").unwrap_or(lower);
    let part_is = |word: &str| lower.split(['.', '-', '_']).any(|it| it == word);
    stem.starts_with("compose.")
        || stem.starts_with("compose-")
        || stem.starts_with("compose_")
        || part_is("compose")
        || lower.starts_with("docker-stack")
        || lower == "stack.yml"
        || lower == "stack.yaml"
        || lower.starts_with("stack.")
}

fn is_binary_extension(extension: &str) -> bool {
    matches!(
        extension,
        "png"
            | "jpg"
            | "jpeg"
            | "gif"
            | "webp"
            | "ico"
            | "bmp"
            | "tiff"
            | "avif"
            | "pdf"
            | "zip"
            | "gz"
            | "tgz"
            | "xz"
            | "bz2"
            | "zst"
            | "7z"
            | "tar"
            | "jar"
            | "war"
            | "so"
            | "a"
            | "o"
            | "dll"
            | "dylib"
            | "exe"
            | "bin"
            | "wasm"
            | "pyc"
            | "class"
            | "woff"
            | "woff2"
            | "ttf"
            | "otf"
            | "eot"
            | "mp3"
            | "mp4"
            | "wav"
            | "ogg"
            | "flac"
            | "mov"
            | "avi"
            | "webm"
            | "mkv"
            | "db"
            | "sqlite"
            | "sqlite3"
            | "parquet"
            | "npy"
            | "npz"
            | "pt"
            | "pth"
            | "onnx"
            | "safetensors"
            | "pkl"
            | "keystore"
            | "p12"
            | "pfx"
            | "der"
            | "lockb"
            | "map"
    )
}

/// What `services:` of a compose file say, a part that others extend included.
const COMPOSE_WORDS: [&str; 5] = [" image:", " build:", " extends:", " devices:", " volumes:"];

/// Returns whether a file has nothing but what compose files have at the top: one that declares networks for others.
fn is_compose_part(text: &str) -> bool {
    let words =
        ["networks:", "volumes:", "configs:", "secrets:", "include:", "version:", "name:", "x-", "---", "#", "- "];
    let is_inner = |it: &str| it.is_empty() || it.starts_with([' ', '\t', '\r']);
    text.lines().all(|line| is_inner(line) || words.iter().any(|it| line.starts_with(it)))
}

/// Words that begin a line of some kind of file, and of no other.
const TOPS: [&str; 12] = [
    "specc:",
    "specc =",
    "apiVersion:",
    "kind:",
    "services:",
    "networks:",
    "volumes:",
    "entryPoints:",
    "http:",
    "tcp:",
    "server {",
    "upstream ",
];

/// Returns those of [`TOPS`] that begin a line.
fn tops(text: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|it| it + 1));
    for line in starts.map(|it| &text.as_bytes()[it..]) {
        if let Some(first) = line.first().filter(|it| it.is_ascii_lowercase()) {
            found.extend(TOPS.iter().filter(|it| it.as_bytes()[0] == *first && line.starts_with(it.as_bytes())));
        }
    }
    found
}

/// Decides by the text what the path left open.
pub fn refine(kind: Kind, path: &str, text: &str) -> Kind {
    match kind {
        Kind::Json if text.contains("\"specc\": 1") || text.contains("\"specc\":1") => Kind::Spec,
        Kind::Text if text.starts_with("#!") && !is_nginx(&tops(text), text) => {
            by_shebang(text.lines().next().unwrap_or(""))
        }
        // `datasources.compose.yaml` is for a program that compose starts.
        Kind::Compose if !is_compose_by_first_word(path) && !is_compose(text) => by_tops(Kind::Yaml, &tops(text), text),
        // `stack.yaml` is what others call what they know of a stack.
        Kind::Compose if is_named(path, "stack") && !text.lines().any(|it| it.starts_with("services:")) => Kind::Yaml,
        // `traefik.yaml` is what people call the compose file that starts one, too.
        Kind::Traefik if by_tops(Kind::Yaml, &tops(text), text) == Kind::Compose => Kind::Compose,
        Kind::Yaml | Kind::Toml | Kind::Text => match by_tops(kind, &tops(text), text) {
            Kind::Compose if is_of_chart(path) => Kind::Yaml,
            it => it,
        },
        _ => kind,
    }
}

fn is_compose_by_first_word(path: &str) -> bool {
    ["docker-compose", "docker-stack", "compose", "stack"].iter().any(|it| is_named(path, it))
}

/// Returns whether the name of a file begins with a word.
fn is_named(path: &str, word: &str) -> bool {
    path.rsplit('/').next().unwrap_or(path).starts_with(word)
}

/// Returns whether a text has what a compose file has at its top, or nothing yet.
fn is_compose(text: &str) -> bool {
    let sections = ["services:", "networks:", "volumes:", "include:", "configs:", "secrets:", "{"];
    let lines = || text.lines().filter(|it| !it.starts_with(['#', ' ', '\t', '-']) && !it.trim().is_empty());
    let is_one_of = |line: &str, words: &[&str]| words.iter().any(|it| line.starts_with(it));
    // Any format may have a version and a name.
    lines().any(|it| is_one_of(it, &sections)) || lines().all(|it| is_one_of(it, &["name:", "version:", "x-"]))
}

/// Returns whether services are listed, as another program's are: `tye.yaml`.
fn lists_services(text: &str) -> bool {
    let mut lines = text.lines().skip_while(|it| !it.starts_with("services:")).skip(1);
    lines
        .find(|it| !it.trim().is_empty() && !it.trim_start().starts_with('#'))
        .is_some_and(|it| it.trim_start().starts_with("- "))
}

/// Returns whether a file that nothing calls compose's only has services among other things: a catalogue of them, or
/// the template of a shop.
fn is_catalogue(text: &str) -> bool {
    let sections =
        ["services:", "networks:", "volumes:", "configs:", "secrets:", "include:", "name:", "version:", "x-"];
    let tops = text.lines().filter(|it| it.starts_with(|it: char| it.is_ascii_alphabetic()) && it.contains(':'));
    let n_other = tops.filter(|line| !sections.iter().any(|it| line.starts_with(it))).count();
    n_other >= 2 || !has_service(text)
}

/// Keys of which a service has at least one.
const SERVICE_WORDS: &[&str] = &[
    "image:",
    "build:",
    "extends:",
    "volumes:",
    "environment:",
    "ports:",
    "command:",
    "deploy:",
    "depends_on:",
    "networks:",
    "labels:",
    "devices:",
    "restart:",
    "env_file:",
    "<<:",
];

/// Returns whether what stands below the first service is what compose knows, at least half of it.
fn has_service(text: &str) -> bool {
    let indent = |it: &str| it.len() - it.trim_start_matches(' ').len();
    let lines = text.lines().skip_while(|it| !it.starts_with("services:")).skip(1);
    let mut lines = lines.filter(|it| !it.trim().is_empty() && !it.trim_start().starts_with('#'));
    let Some(service) = lines.next() else { return true };
    // `web: {image: x}`
    if !service.trim_end().ends_with(':') {
        return true;
    }
    let body: Vec<&str> = lines.take_while(|it| indent(it) > indent(service)).collect();
    let Some(depth) = body.first().map(|it| indent(it)) else { return true };
    let keys: Vec<&str> = body.iter().filter(|it| indent(it) == depth).map(|it| it.trim_start()).collect();
    let n_known = keys.iter().filter(|key| SERVICE_WORDS.iter().any(|it| key.starts_with(it))).count();
    2 * n_known >= keys.len()
}

/// Returns whether a file holds what the templates of a Helm chart are filled with, which may be called `services:`.
fn is_of_chart(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("values") || path.contains("/charts/") || path.contains("helm/") || path.contains("helm-")
}

fn is_nginx(tops: &[&str], text: &str) -> bool {
    tops.contains(&"server {") || tops.contains(&"upstream ") && text.contains("proxy_pass ")
}

fn by_tops(kind: Kind, tops: &[&str], text: &str) -> Kind {
    let has = |word: &str| tops.contains(&word);
    match kind {
        Kind::Yaml if has("specc:") => Kind::Spec,
        Kind::Toml if has("specc =") => Kind::Spec,
        Kind::Yaml if has("apiVersion:") && has("kind:") => Kind::Kubernetes,
        Kind::Yaml if has("services:") && (lists_services(text) || is_catalogue(text)) => kind,
        Kind::Yaml if has("services:") && COMPOSE_WORDS.iter().any(|it| text.contains(it)) => Kind::Compose,
        Kind::Yaml if (has("networks:") || has("volumes:")) && is_compose_part(text) => Kind::Compose,
        // Nothing but parts: GitLab's have jobs as well, and name no project.
        Kind::Yaml if text.contains("\ninclude:") && text.contains("\nname:") && is_compose_part(text) => Kind::Compose,
        Kind::Yaml if has("entryPoints:") => Kind::Traefik,
        Kind::Yaml if (has("http:") || has("tcp:")) && text.contains("routers:") => Kind::Traefik,
        Kind::Yaml if has("http:") && text.contains("middlewares:") => Kind::Traefik,
        Kind::Text if is_nginx(tops, text) => Kind::Nginx,
        _ => kind,
    }
}

fn by_shebang(line: &str) -> Kind {
    let program = line.split(['/', ' ']).rev().find(|it| !it.starts_with('-') && !it.is_empty()).unwrap_or("");
    match program {
        "sh" | "bash" | "zsh" | "dash" | "ksh" | "ash" => Kind::Shell,
        "node" | "deno" | "bun" | "tsx" => Kind::Script,
        it if it.starts_with("python") => Kind::Python,
        _ => Kind::Text,
    }
}

/// Returns whether a path belongs to tests: what is read and set there says nothing about a deployment.
pub fn is_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let folders = path.as_bytes()[..path.len() - name.len()].split(|it| *it == b'/');
    let is_of_tests =
        |it: &[u8]| matches!(it, b"tests" | b"test" | b"__tests__" | b"e2e" | b"testdata" | b"fixtures" | b"spec");
    // `a.test.ts`
    let mut parts = name.as_bytes().split(|it| *it == b'.').skip(1).peekable();
    let mut has_inner = || {
        while let Some(part) = parts.next() {
            if parts.peek().is_some() && matches!(part, b"test" | b"spec") {
                return true;
            }
        }
        false
    };
    let is_code = || [".js", ".mjs", ".cjs", ".ts", ".py"].iter().any(|it| name.ends_with(it));
    folders.into_iter().any(is_of_tests)
        || name == "conftest.py"
        || name.starts_with("test-") && is_code()
        || name.starts_with("test_")
        || name.ends_with("_test.py")
        || name.ends_with("_test.go")
        || has_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_tells_its_kind() {
        let cases = [
            ("docker-compose.prod.yml", Kind::Compose),
            ("deploy/docker-compose-production.yml", Kind::Compose),
            ("docker/production/compose.yml", Kind::Compose),
            ("docker-compose.prod.yaml", Kind::Compose),
            ("prod.compose.yaml", Kind::Compose),
            (".env", Kind::EnvFile),
            (".env.prod", Kind::EnvFile),
            ("config/prod.env", Kind::EnvFile),
            (".env.template", Kind::EnvTemplate),
            (".env.prod.example", Kind::EnvTemplate),
            ("env.example", Kind::EnvTemplate),
            ("env-example-relational", Kind::EnvTemplate),
            (".env.py", Kind::Python),
            ("backend/Dockerfile", Kind::Dockerfile),
            ("Dockerfile.worker", Kind::Dockerfile),
            ("worker.Dockerfile", Kind::Dockerfile),
            ("Dockerfile.dockerignore", Kind::IgnoreList),
            (".dockerignore", Kind::IgnoreList),
            (".github/workflows/deploy.yml", Kind::Workflow),
            (".github/workflows/test-docker-compose.yml", Kind::Workflow),
            (".github/workflows/makefile.yml", Kind::Workflow),
            ("Makefile.common", Kind::Makefile),
            (".github/actions/x/action.yml", Kind::Workflow),
            ("frontend/nginx.conf", Kind::Nginx),
            ("deploy/nginx/site.conf", Kind::Nginx),
            ("Makefile", Kind::Makefile),
            ("values.yaml", Kind::Yaml),
            ("src/environment.ts", Kind::Script),
            ("a.png", Kind::Binary),
            ("LICENSE", Kind::Text),
        ];
        for (path, kind) in cases {
            assert_eq!(of(path), kind, "{path}");
        }
    }

    #[test]
    fn text_decides_what_the_path_leaves_open() {
        assert_eq!(refine(Kind::Yaml, "a.yaml", "# x\napiVersion: v1\nkind: Service\n"), Kind::Kubernetes);
        assert_eq!(refine(Kind::Yaml, "a.yaml", "services:\n  a:\n    image: x\n"), Kind::Compose);
        assert_eq!(refine(Kind::Text, "a", "#!/usr/bin/env bash\n"), Kind::Shell);
        assert_eq!(refine(Kind::Text, "a", "#!/usr/bin/env python3\n"), Kind::Python);
        assert_eq!(refine(Kind::Text, "a", "# site\nserver {\n}\n"), Kind::Nginx);
        assert_eq!(refine(Kind::Yaml, "a.yaml", "a: 1\n"), Kind::Yaml);
        assert_eq!(refine(Kind::Yaml, "tye.yaml", "services:\n# x\n- name: a\n  image: x\n"), Kind::Yaml);
        let catalogue = "metadata:\n  a: 1\nservices:\n  a:\n    description: x\n    placement: y\n    volumes: [b]\n";
        assert_eq!(refine(Kind::Yaml, "orchestration/services.yaml", catalogue), Kind::Yaml);
        let shop = "name: a\ncategory: b\nicon: c\nservices:\n  a:\n    image: x\n";
        assert_eq!(refine(Kind::Yaml, "templates/a.yml", shop), Kind::Yaml);
        assert_eq!(refine(Kind::Yaml, "prod.yml", "services:\n  a: &a\n    volumes: [x]\n"), Kind::Compose);
        assert_eq!(refine(Kind::Compose, "a/lxc-compose.yml", "version: 1\nvmid: 109\nlxc:\n  cores: 1\n"), Kind::Yaml);
        assert_eq!(refine(Kind::Compose, "a.compose.yml", "name: a\nversion: '3'\n"), Kind::Compose);
        assert_eq!(refine(Kind::Yaml, "chart/values.yaml", "services:\n  a:\n    image: x\n"), Kind::Yaml);
    }
}
