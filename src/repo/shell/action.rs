//! What a command does, told by its words.

use super::{archive, compose, docker, filter};
use crate::repo::fact::{Action, Copy, Text, Word};
use crate::source::Spanned;

/// Commands that run what is given to them.
pub struct Nested {
    /// The word from which on the inner script stands; past the end if there is none.
    pub at: usize,
    /// Whether standard input is run, too.
    pub reads_input: bool,
    /// Whether it is run on another machine.
    pub is_remote: bool,
}

/// Options of `ssh` that take a value.
const SSH_VALUES: &str = "bcDEeFIiJLlmOopQRSWw";
/// Options of `scp` that take a value.
const SCP_VALUES: &str = "cDFiJloPSX";
/// Options of `rsync` that take a value.
const RSYNC_VALUES: &[&str] = &[
    "-e",
    "--rsh",
    "--exclude",
    "--include",
    "--rsync-path",
    "--filter",
    "-f",
    "--port",
    "--files-from",
    "--exclude-from",
    "--include-from",
    "--chmod",
    "--chown",
    "--timeout",
    "--bwlimit",
    "--password-file",
    "-T",
    "--temp-dir",
    "--log-file",
    "--out-format",
    "--info",
    "--compare-dest",
    "--copy-dest",
    "--link-dest",
    "--backup-dir",
    "--suffix",
    "--max-size",
    "--min-size",
];

/// Returns where the script within a command is, if the command runs one.
pub fn nested(words: &[&str]) -> Option<Nested> {
    let start = unwrapped(words, &mut None);
    let rest = words.get(start..)?;
    match *rest.first()? {
        "ssh" => {
            let host = positional(rest, SSH_VALUES)?;
            let at = start + host + 1;
            let inner = words.get(at..).unwrap_or(&[]);
            // `ssh host bash -s <<EOF`: the shell itself is not the script.
            let is_shell = inner
                .iter()
                .all(|it| matches!(*it, "bash" | "sh" | "-s" | "-e" | "-eu" | "-ex" | "--" | "sudo" | "-l"));
            let is_passed_on =
                is_shell || inner.last().is_some_and(|it| it.ends_with("bash -s") || it.ends_with("sh -s"));
            Some(Nested { at: if is_shell { words.len() } else { at }, reads_input: is_passed_on, is_remote: true })
        }
        "bash" | "sh" | "zsh" | "su" => {
            let flag = rest.iter().position(|it| it.len() < 5 && it.starts_with('-') && it.ends_with('c'));
            if let Some(flag) = flag {
                return Some(Nested { at: start + flag + 1, reads_input: false, is_remote: false });
            }
            let reads_input = rest.iter().skip(1).all(|it| it.starts_with('-'));
            reads_input.then_some(Nested { at: words.len(), reads_input, is_remote: false })
        }
        "eval" => Some(Nested { at: start + 1, reads_input: false, is_remote: false }),
        _ => None,
    }
}

/// Returns the index of the first word that is no option, where single letters of `values` take one.
fn positional(words: &[&str], values: &str) -> Option<usize> {
    let mut at = 1;
    while let Some(word) = words.get(at) {
        let Some(option) = word.strip_prefix('-') else { return Some(at) };
        let takes = option.len() == 1 && values.contains(option);
        at += if takes { 2 } else { 1 };
    }
    None
}

/// Returns the index of the program behind `sudo`, `env`, `uv run` and their like; notes env files they load.
pub fn unwrapped(words: &[&str], env_file: &mut Option<usize>) -> usize {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let next = words.get(at + 1).copied().unwrap_or("");
        let skip = match *word {
            "sudo" | "nohup" | "exec" | "command" | "time" | "env" | "nice" | "caffeinate" | "npx" | "@" => 1,
            "timeout" => 2,
            "uv" | "poetry" | "pipenv" | "pdm" | "hatch" | "rye" | "dotenv" | "doppler" | "op" if next == "run" => 2,
            "dotenv" | "dotenvx" => 1,
            "sops" if next == "exec-env" => 3,
            _ => return at,
        };
        at += skip;
        at = past_options(words, at, env_file);
    }
    at.min(words.len())
}

fn past_options(words: &[&str], mut at: usize, env_file: &mut Option<usize>) -> usize {
    let takes = [
        "--env-file",
        "-f",
        "-e",
        "-u",
        "--user",
        "--with",
        "--extra",
        "--group",
        "-k",
        "-s",
        "--project",
        "--directory",
        "-p",
        "--python",
        "-n",
    ];
    while let Some(word) = words.get(at) {
        let is_assignment =
            word.split_once('=').is_some_and(|(name, _)| !name.is_empty() && !name.contains(['/', '-', '.']));
        if takes.contains(word) {
            if matches!(*word, "--env-file" | "-f") {
                *env_file = Some(at + 1);
            }
            at += 2;
        } else if word.starts_with('-') || is_assignment {
            at += 1;
        } else {
            break;
        }
    }
    at.min(words.len())
}

/// Returns what a command does.
pub fn of(words: &[Word], variables: &[(Text, Option<Text>)]) -> Action {
    let texts: Vec<&str> = words.iter().map(|it| it.text.as_str()).collect();
    let words = &words[unwrapped(&texts, &mut None)..];
    let Some(program) = words.first() else { return Action::Other };
    let name = program.text.rsplit('/').next().unwrap_or("");
    match name {
        "docker" | "podman" => docker::of(words, variables),
        "docker-compose" | "podman-compose" => compose::of(&words[1..], variables),
        "scp" | "rsync" | "cp" | "mv" | "install" | "ln" => copy(name, words),
        "make" | "gmake" => make(words),
        "curl" | "wget" => fetch(words),
        "source" | "." => match words.get(1) {
            Some(file) => Action::Source { file: text(file), is_exported: false },
            None => Action::Other,
        },
        "mkdir" => Action::MakeDirectory(plain(&words[1..], &["-m", "--mode"])),
        "touch" | "tee" | "truncate" => Action::MakeFile(plain(&words[1..], &["-s", "-d", "-t", "-r"])),
        "tar" => archive::tar(words).unwrap_or_else(|| made_by_option(words)),
        "openssl" | "mkcert" | "ssh-keygen" => made_by_option(words),
        "kubectl" | "k" | "oc" => kubectl(words),
        "git" => git(words),
        "vercel" | "dotenv-vault" | "dotenv-vault@latest" => pulled(words),
        _ => script(name, words),
    }
}

pub(super) fn text(word: &Word) -> Text {
    Spanned::new(word.text.clone(), word.span)
}

/// Returns the words that are no options, where some options take a value.
pub(super) fn plain(words: &[Word], values: &[&str]) -> Vec<Text> {
    let mut list = Vec::new();
    let mut skip = false;
    for word in words {
        if std::mem::take(&mut skip) {
            continue;
        }
        skip = values.contains(&word.text.as_str());
        if !word.text.starts_with('-') {
            list.push(text(word));
        }
    }
    list
}

/// Returns the values of an option: `-f x`, `-fx` is not read, `--file=x`.
pub fn option_values(words: &[Word], names: &[&str]) -> Vec<Text> {
    let mut list = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if names.contains(&word.text.as_str()) {
            list.extend(words.get(at + 1).map(text));
        } else if let Some((name, value)) = word.text.split_once('=')
            && names.contains(&name)
        {
            let length = (word.span.end - word.span.start) as usize;
            let start = if length == word.text.len() { name.len() + 1 } else { 0 };
            list.push(Spanned::new(value.to_string(), word.span.part(start, length)));
        }
    }
    list
}

fn copy(program: &str, words: &[Word]) -> Action {
    let rest = &words[1..];
    let list = match program {
        "scp" => {
            let mut list = Vec::new();
            let mut skip = false;
            for word in rest {
                let option = word.text.strip_prefix('-');
                if std::mem::take(&mut skip) {
                    continue;
                }
                skip = option.is_some_and(|it| it.chars().last().is_some_and(|it| SCP_VALUES.contains(it)));
                if option.is_none() {
                    list.push(text(word));
                }
            }
            list
        }
        "rsync" => plain(rest, RSYNC_VALUES),
        "install" => {
            if rest.iter().any(|it| it.text == "-d" || it.text == "--directory") {
                return Action::MakeDirectory(plain(rest, &["-m", "-o", "-g"]));
            }
            plain(rest, &["-m", "-o", "-g", "--mode", "--owner", "--group"])
        }
        _ => plain(rest, &["-t", "--target-directory", "-S"]),
    };
    let mut list = list;
    let target = option_values(rest, &["-t", "--target-directory"]).into_iter().next();
    let Some(destination) = target.or_else(|| if list.len() > 1 { list.pop() } else { None }) else {
        return Action::Other;
    };
    if program == "ln" {
        return Action::MakeFile(vec![destination]);
    }
    let is_net = matches!(program, "scp" | "rsync");
    let from_remote = is_net && list.iter().any(|it| host_length(&it.value) > 0);
    let to_remote = is_net && host_length(&destination.value) > 0;
    Action::Copy(Copy {
        program: program.to_string(),
        sources: list.into_iter().map(|it| if is_net { without_host(it) } else { it }).collect(),
        destination: if is_net { without_host(destination) } else { destination },
        to_remote,
        from_remote,
        files_from: option_values(rest, &["--files-from"]).into_iter().next().filter(|_| program == "rsync"),
        filters: if program == "rsync" { filter::of(words) } else { Vec::new() },
    })
}

/// Returns how long the `user@host:` before a path is.
fn host_length(value: &str) -> usize {
    match value.find(':') {
        Some(at) if !value[..at].contains('/') && !value[..at].is_empty() => at + 1,
        // `${HOST:-me@host}:/path` and `${{ secrets.HOST }}:/path`
        _ if value.starts_with("${") => match value.find("}:") {
            Some(at) => at + 2,
            None => 0,
        },
        _ => 0,
    }
}

fn without_host(it: Text) -> Text {
    let n = host_length(&it.value);
    let length = (it.span.end - it.span.start) as usize;
    let span = if length == it.value.len() { it.span.part(n, length) } else { it.span };
    Spanned::new(it.value[n..].to_string(), span)
}

fn make(words: &[Word]) -> Action {
    let directory = option_values(&words[1..], &["-C", "--directory"]).into_iter().next();
    let values = ["-C", "--directory", "-f", "--file", "-j", "-o", "-W", "-I"];
    let other_file = words.iter().any(|it| it.text == "-f" || it.text.starts_with("--file"));
    let is_plain = |it: &Text| !it.value.contains('=') && !it.value.chars().all(|it| it.is_ascii_digit());
    let targets = plain(&words[1..], &values).into_iter().filter(is_plain).collect();
    // `make a copy of it:` is a sentence.
    let is_said = words[1..].iter().any(|it| it.text.ends_with([':', ',', '?', '!']))
        || words.len() > 3
            && words
                .get(1)
                .is_some_and(|it| matches!(&*it.text, "a" | "an" | "the" | "it" | "sure" | "this" | "that" | "your"));
    if other_file || is_said { Action::Other } else { Action::Make { targets, directory } }
}

fn fetch(words: &[Word]) -> Action {
    let is_url = |it: &&Word| it.text.contains("://") || it.text.starts_with("localhost");
    Action::Fetch(words[1..].iter().filter(is_url).map(text).collect())
}

/// Returns the files that a command makes beside what it is for: downloads, built programs.
pub fn outputs(words: &[Word]) -> Vec<Text> {
    let texts: Vec<&str> = words.iter().map(|it| it.text.as_str()).collect();
    let words = &words[unwrapped(&texts, &mut None)..];
    let options: &[&str] = match words.first().map(|it| it.text.as_str()) {
        Some("curl" | "wget") => &["-o", "--output", "-O", "--output-document"],
        Some("go" | "gcc" | "sops" | "age" | "pg_dump" | "helm" | "kustomize" | "uv" | "pip-compile") => {
            &["-o", "--output", "--output-file"]
        }
        Some("unzip") => &["-d"],
        _ => return Vec::new(),
    };
    let is_file = |it: &Text| !it.value.starts_with(['-', '/']) && !it.value.contains("://");
    option_values(&words[1..], options).into_iter().filter(is_file).collect()
}

/// The env file that a store of secrets is asked for: `dotenv-vault pull [STAGE [FILE]]`, `vercel env pull [FILE]`.
fn pulled(words: &[Word]) -> Action {
    let Some(at) = words.iter().position(|it| it.text == "pull") else { return Action::Other };
    let given = plain(&words[at + 1..], &["-t", "--token", "--environment", "--git-branch", "-m", "--dotenvMe"]);
    let named = |name: String| Spanned::new(name, words[at].span);
    let file = match (words[0].text.as_str(), given.as_slice()) {
        ("vercel", [file, ..]) | (_, [_, file, ..]) => file.clone(),
        ("vercel", _) => named(".env.local".to_string()),
        (_, [stage]) if stage.value != "development" => named(format!(".env.{}", stage.value)),
        _ => named(".env".to_string()),
    };
    Action::MakeFile(vec![file])
}

fn made_by_option(words: &[Word]) -> Action {
    let options = ["-out", "-keyout", "-key-file", "-cert-file", "-f", "-C"];
    Action::MakeFile(option_values(&words[1..], &options))
}

fn kubectl(words: &[Word]) -> Action {
    let verb = words[1..].iter().any(|it| matches!(it.text.as_str(), "apply" | "create" | "replace"));
    let files = option_values(&words[1..], &["-f", "--filename", "-k", "--kustomize"]);
    if verb && !files.is_empty() { Action::KubectlApply(files) } else { Action::Other }
}

fn git(words: &[Word]) -> Action {
    let verb = plain(&words[1..], &["-C", "-c"]);
    match verb.first().map(|it| it.value.as_str()) {
        Some("pull" | "checkout" | "reset" | "switch" | "fetch" | "worktree") => Action::GitPull,
        Some("clone") => Action::GitPull,
        Some("archive") => archive::git(words).unwrap_or(Action::Other),
        _ => Action::Other,
    }
}

/// A script of the repository, or a task of its package manager.
fn script(name: &str, words: &[Word]) -> Action {
    let run = |at: usize| {
        let Some(script) = words.get(at) else { return Action::Other };
        // `npm run x -- more` keeps more from npm; to a script `--` is an argument like others.
        let ends = |it: &&Word| it.text != "--" || !matches!(name, "npm" | "pnpm" | "yarn" | "bun");
        let n_arguments = words[at + 1..].iter().take_while(ends).filter(|it| !it.text.is_empty()).count();
        Action::Script { script: text(script), n_arguments }
    };
    let first = |from: usize, values: &[&str]| {
        let mut at = from;
        while let Some(word) = words.get(at).filter(|it| it.text.starts_with('-')) {
            at += if values.contains(&word.text.as_str()) { 2 } else { 1 };
        }
        at
    };
    match name {
        "bash" | "sh" | "zsh" if words.iter().any(|it| it.text == "-c" || it.text == "-s") => Action::Other,
        "bash" | "sh" | "zsh" => run(first(1, &["-o", "+o"])),
        it if it.starts_with("python") => match words.get(first(1, &["-W", "-X"])) {
            // `python -m x` and `python -c x` run no file.
            _ if words.iter().any(|it| it.text == "-m" || it.text == "-c") => Action::Other,
            Some(script) if script.text.ends_with(".py") => run(first(1, &["-W", "-X"])),
            _ => Action::Other,
        },
        "node" | "tsx" | "ts-node" | "deno" => match words.get(first(1, &["-r", "--env-file"])) {
            Some(script) if script.text.contains('.') => run(first(1, &["-r", "--env-file"])),
            _ => Action::Other,
        },
        "npm" | "yarn" | "pnpm" | "bun" => {
            // Behind `pnpm exec x` all words are x's.
            let own = words.iter().take_while(|it| !matches!(&*it.text, "exec" | "dlx" | "x" | "--")).count();
            match words[..own].iter().position(|it| it.text == "run" || it.text == "run-script") {
                Some(at) => run(first(at + 1, &["--prefix", "-C", "--dir", "--filter", "-w", "--workspace"])),
                None => Action::Other,
            }
        }
        _ if words[0].text.contains('/') || name.ends_with(".sh") || name.ends_with(".py") => run(0),
        _ => Action::Other,
    }
}
