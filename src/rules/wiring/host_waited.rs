//! Hosts that the command of a service waits for before it begins: a part of `host-unresolvable`.

use super::host_unresolvable::judge;
use super::url::{self, Url};
use crate::repo::Repo;
use crate::repo::compose::Service;
use crate::repo::environment::Environment;
use crate::repo::fact::Text;
use crate::rules::Findings;
use crate::source::Spanned;

/// Commands with more words are made by programs: every word is held against those behind it.
const MOST_WORDS: usize = 1000;

/// Looks at what waits for another service: `wait-for-it`, `dockerize -wait`, `nc -z`, `pg_isready`.
pub fn run(repo: &Repo, (environment, service): (&Environment, &Service), findings: &mut Findings) {
    for arguments in [&service.entrypoint, &service.command].into_iter().flatten() {
        let words: Vec<Text> = arguments.words.iter().flat_map(parts).take(MOST_WORDS).collect();
        for url in (0..words.len()).filter_map(|at| waited(&words[at].value, &words[at + 1..])) {
            findings.push_maybe(judge(repo, environment, service, &url));
        }
    }
}

/// Returns the words of a word: the script of `sh -c` is one.
fn parts(word: &Text) -> Vec<Text> {
    // In quotes, the text begins one further.
    let quotes = ((word.span.end - word.span.start) as usize).checked_sub(word.value.len());
    let is_between = |it: char| it.is_ascii_whitespace() || matches!(it, ';' | '&' | '|' | '(' | ')' | '"' | '\'');
    let mut list = Vec::new();
    let mut at = 0;
    for part in word.value.split(is_between) {
        let span = match quotes {
            Some(0) => word.span.part(at, at + part.len()),
            Some(2) => word.span.part(at + 1, at + 1 + part.len()),
            _ => word.span,
        };
        at = (at + part.len() + 1).min(word.value.len());
        if !part.is_empty() {
            list.push(Spanned::new(part.to_string(), span));
        }
    }
    list
}

/// Returns what a program waits for, if it is one that waits.
fn waited(program: &str, rest: &[Text]) -> Option<Url> {
    match program.rsplit('/').next()? {
        "wait-for-it" | "wait-for-it.sh" | "wait_for_it.sh" | "wait-for" | "wait-for.sh" => address(rest.first()?),
        "dockerize" => {
            let at = rest.iter().position(|it| it.value == "-wait")?;
            url::all(rest.get(at + 1)?).pop().filter(|it| !url::is_outside(&it.host))
        }
        "nc" | "netcat" if rest.first()?.value.starts_with('-') && rest[0].value.contains('z') => {
            // `-w 3` and `-w3` are the same.
            let is_host = |it: &&Text| !it.value.starts_with('-') && !it.value.bytes().all(|it| it.is_ascii_digit());
            host(rest.iter().find(is_host)?)
        }
        "pg_isready" => {
            let at = rest.iter().position(|it| it.value == "-h")?;
            host(rest.get(at + 1)?)
        }
        _ => None,
    }
}

/// `db:5432`.
fn address(word: &Text) -> Option<Url> {
    let (name, port) = word.value.split_once(':')?;
    port.parse::<u16>().ok()?;
    let is_exact = (word.span.end - word.span.start) as usize == word.value.len();
    let span = if is_exact { word.span.part(0, name.len()) } else { word.span };
    host(&Spanned::new(name.to_string(), span))
}

fn host(word: &Text) -> Option<Url> {
    let is_plain = word.value.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_'));
    let url = Url {
        scheme: "tcp".into(),
        host: word.value.clone(),
        span: word.span,
        port: None,
        path: String::new(),
        login: None,
    };
    Some(url).filter(|_| is_plain && !url::is_outside(&word.value))
}
