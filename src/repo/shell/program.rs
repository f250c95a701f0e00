//! Which programs' command lines are worth a closer look: most lines of a script print, or call its own functions.

use super::action::unwrapped;
use crate::repo::fact::{Text, Word};

/// Programs whose command lines say something even where no action is known for them.
const PROGRAMS: &[&str] = &[
    "alembic",
    "arq",
    "aws",
    "bun",
    "bundle",
    "caddy",
    "cargo",
    "celery",
    "daphne",
    "deno",
    "django-admin",
    "docker",
    "dotnet",
    "dramatiq",
    "envsubst",
    "fastapi",
    "flask",
    "flyctl",
    "gcloud",
    "go",
    "granian",
    "gunicorn",
    "helm",
    "heroku",
    "hypercorn",
    "java",
    "jupyter",
    "just",
    "kubectl",
    "kustomize",
    "mlflow",
    "mvn",
    "next",
    "nginx",
    "node",
    "npm",
    "npx",
    "php",
    "pip",
    "pnpm",
    "poetry",
    "prefect",
    "psql",
    "py.test",
    "pytest",
    "python",
    "python3",
    "rails",
    "railway",
    "redis-server",
    "ruby",
    "serve",
    "sops",
    "streamlit",
    "task",
    "terraform",
    "tofu",
    "traefik",
    "uv",
    "uvicorn",
    "vercel",
    "vite",
    "yarn",
];

/// Programs that are understood, and builtins that change what follows.
const KNOWN: &[&str] = &[
    ".",
    "@",
    "age",
    "bash",
    "caffeinate",
    "cd",
    "command",
    "cp",
    "curl",
    "declare",
    "docker",
    "docker-compose",
    "doppler",
    "dotenv",
    "dotenvx",
    "echo",
    "env",
    "eval",
    "exec",
    "export",
    "gcc",
    "getopts",
    "git",
    "gmake",
    "hatch",
    "install",
    "k",
    "kubectl",
    "kustomize",
    "ln",
    "local",
    "make",
    "mapfile",
    "mkcert",
    "mkdir",
    "mv",
    "nice",
    "nohup",
    "oc",
    "op",
    "openssl",
    "pdm",
    "pg_dump",
    "pip-compile",
    "pipenv",
    "podman",
    "podman-compose",
    "printf",
    "pushd",
    "read",
    "readarray",
    "readonly",
    "rsync",
    "rye",
    "scp",
    "set",
    "sh",
    "source",
    "ssh",
    "ssh-keygen",
    "su",
    "sudo",
    "tar",
    "tee",
    "time",
    "timeout",
    "touch",
    "truncate",
    "ts-node",
    "tsx",
    "typeset",
    "unset",
    "unzip",
    "wget",
    "zsh",
];

/// Returns whether a program, a builtin or a path may be understood.
pub fn is_known(program: &str) -> bool {
    let is_script = program.contains('/') || program.ends_with(".sh") || program.ends_with(".py");
    is_script
        || program.starts_with("python")
        || KNOWN.binary_search(&program).is_ok()
        || PROGRAMS.binary_search(&program).is_ok()
}

/// Returns whether a text holds something that is looked for in any command.
pub fn is_telling(text: &str) -> bool {
    ["://", "localhost", "pytest", "127.0.0.1"].iter().any(|it| text.contains(it))
}

/// Returns whether a command without a known action may still tell something.
pub fn matters(words: &[Word], variables: &[(Text, Option<Text>)]) -> bool {
    let texts: Vec<&str> = words.iter().map(|it| it.text.as_str()).collect();
    let program = texts.get(unwrapped(&texts, &mut None)).map_or("", |it| it.rsplit('/').next().unwrap_or(it));
    // `export $(cat .env)`, `eval "$(loader)"`: nobody knows which variables.
    let is_whatever =
        matches!(program, "export" | "eval") && words.iter().any(|it| it.is_dynamic && !it.text.contains('='));
    !variables.is_empty()
        || is_whatever
        || PROGRAMS.binary_search(&program).is_ok()
        || texts.iter().any(|it| is_telling(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_since_they_are_searched_so() {
        assert!(KNOWN.is_sorted() && PROGRAMS.is_sorted());
        assert!(is_known("scp") && is_known("./x") && !is_known("log"));
    }
}
