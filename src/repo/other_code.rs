//! Languages of which only the usual ways to ask for a variable are known: PHP, Ruby, Java, Kotlin, C#, Elixir, and the
//! placeholders of Spring and Symfony.
//!
//! What these programs read through their frameworks is not seen, so nothing is ever called unread because of them.

use super::env_wrapper::is_loud_name;
use super::fact::{Absent, EnvRead, EnvSet, Facts, Language, SetBy};
use super::near::{line_after, line_before};
use super::reader::Input;
use crate::diag::Diags;
use crate::source::{Span, Spanned};

/// A way to ask for a variable: what stands before its name, and whether it fails when it is not set.
struct Form {
    before: &'static str,
    fails: bool,
}

const fn form(before: &'static str, fails: bool) -> Form {
    Form { before, fails }
}

/// Files by their ending, with the forms of their language.
const LANGUAGES: &[(&[&str], &[Form])] = &[
    (&["php"], &[form("env(", false), form("getenv(", false), form("$_ENV[", false), form("$_SERVER[", false)]),
    (&["rb", "erb", "rake", "ru", "yml.erb"], RUBY),
    (&["java", "kt", "kts", "scala", "groovy"], &[form("getenv(", false)]),
    (&["cs", "fs", "vb"], &[form("GetEnvironmentVariable(", false)]),
    (&["ex", "exs"], &[form("fetch_env!(", true), form("get_env(", false), form("fetch_env(", false)]),
];

const RUBY: &[Form] = &[form("ENV.fetch(", true), form("ENV.fetch ", true), form("ENV[", false)];

/// Reads a file of one of these languages.
pub fn read(input: &Input, facts: &mut Facts, _: &mut Diags) {
    let name = input.path.rsplit('/').next().unwrap_or(input.path);
    let Some((_, extension)) = name.rsplit_once('.') else { return };
    for (_, forms) in LANGUAGES.iter().filter(|it| it.0.contains(&extension)) {
        calls(input, forms, facts);
    }
    if is_spring(name) && extension == "properties" {
        spring_port(input, facts);
        placeholders(input, "${", facts);
    }
}

/// Reads a YAML file: Rails fills its own with Ruby, Spring and Symfony have placeholders.
pub fn read_yaml(input: &Input, facts: &mut Facts, _: &mut Diags) {
    let name = input.path.rsplit('/').next().unwrap_or(input.path);
    if input.text.contains("<%=") {
        calls(input, RUBY, facts);
    }
    if is_spring(name) && !name.ends_with(".properties") {
        spring_port(input, facts);
        placeholders(input, "${", facts);
    }
    if input.text.contains("%env(") {
        placeholders(input, "%env(", facts);
    }
    if input.text.contains("env(") {
        symfony_defaults(input, facts);
    }
}

/// `server.port`, of which Spring makes the port that it opens, in either of its spellings.
fn spring_port(input: &Input, facts: &mut Facts) {
    let (mut at, mut is_server) = (0, false);
    for line in input.text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let plain = line.trim();
        if line.starts_with(|it: char| it.is_ascii_alphabetic()) {
            is_server = plain == "server:";
        }
        let Some((key, value)) = plain.split_once([':', '=']) else { continue };
        let is_port = key.trim() == "server.port" || is_server && key == "port";
        // `${PORT:8080}` opens 8080 unless somebody says otherwise.
        let digits = value.trim().trim_matches(['"', '\'']).trim_start_matches("${").trim_end_matches('}');
        let port = digits.rsplit(':').next().and_then(|it| it.parse::<u16>().ok());
        let span = Span::new(input.file, start, start + line.trim_end().len());
        facts.listens.extend(port.filter(|_| is_port && !input.in_test).map(|it| Spanned::new(it, span)));
    }
}

/// `env(X): '0'` among the parameters of Symfony: what `%env(X)%` is where nothing else sets it.
fn symfony_defaults(input: &Input, facts: &mut Facts) {
    for at in memchr::memmem::find_iter(input.text.as_bytes(), "env(") {
        let start = at + "env(".len();
        let Some((name, rest)) = line_after(input.text, start).split_once(')') else { continue };
        let is_key = rest.trim_start_matches(['"', '\'']).starts_with(':')
            && line_before(input.text, at).trim_start().trim_start_matches(['"', '\'']).is_empty();
        if is_key && is_loud_name(name) {
            let name = Spanned::new(name.to_string(), Span::new(input.file, start, start + name.len()));
            facts.sets.push(EnvSet { name, value: None, by: SetBy::Code, into: None, scope: None });
        }
    }
}

/// Returns whether Symfony reads a file by itself: what else has its placeholders may be read by anybody, or nobody.
fn is_of_symfony(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let own = ["services", "config", "parameters"];
    folder.split('/').any(|it| it == "packages") || own.iter().any(|it| name.starts_with(it))
}

/// `application.yml`, `application-prod.properties`; those of tests are filled by tests.
fn is_spring(name: &str) -> bool {
    let is_it = name.starts_with("application.") || name.starts_with("application-") || name.starts_with("bootstrap.");
    is_it && [".yml", ".yaml", ".properties"].iter().any(|it| name.ends_with(it))
}

fn calls(input: &Input, forms: &[Form], facts: &mut Facts) {
    let mut asks_for_built_names = false;
    for form in forms {
        for at in memchr::memmem::find_iter(input.text.as_bytes(), form.before) {
            let is_part =
                at > 0 && input.text.as_bytes()[at - 1].is_ascii_alphanumeric() && !form.before.starts_with('$');
            let start = at + form.before.len();
            let rest = line_after(input.text, start);
            let first = rest.chars().next();
            asks_for_built_names |= first.is_some_and(|it| it == '$' || it.is_ascii_alphabetic());
            let Some(quote) = first.filter(|it| matches!(it, '"' | '\'')) else { continue };
            let Some(length) = rest[1..].find(quote) else { continue };
            let name = &rest[1..=length];
            asks_for_built_names |= name.contains(['$', '#']) || is_joined(&rest[length + 2..]);
            if is_part || !is_loud_name(name) || is_comment(input.text, at) {
                continue;
            }
            let after = rest[length + 2..].trim_start();
            let has_default = after.starts_with(',') || after.starts_with(") {") || after.starts_with(") do");
            let goes_on = after.trim_start_matches([')', ']', ' ']);
            let is_guarded = goes_on.starts_with("||") || goes_on.starts_with("??") || goes_on.starts_with("?:");
            let absent = match () {
                () if has_default || is_guarded => Absent::Computed,
                () if form.fails => Absent::Fails,
                () => Absent::Nothing,
            };
            push(input, (start + 1, name), absent, facts);
        }
    }
    if asks_for_built_names {
        beginnings(input, facts);
    }
}

/// `'RATE_' . $name`, `"RATE_" + name`, `"RATE_#{name}"`: beginnings of the names that a file puts together.
fn beginnings(input: &Input, facts: &mut Facts) {
    let text = input.text;
    for at in memchr::memchr_iter(b'_', text.as_bytes()) {
        let after = line_after(text, at + 1);
        let (quote, is_begun) = match after.chars().next() {
            Some(it @ ('"' | '\'')) => (it, is_joined(&after[1..])),
            Some('$') => ('"', true),
            _ => ('"', after.starts_with("#{") || after.starts_with("{$")),
        };
        let before = line_before(text, at);
        let Some(open) = before.rfind(quote).filter(|_| is_begun) else { continue };
        let name = &text[at + open + 1 - before.len()..=at];
        if is_loud_name(name) && !is_comment(text, at) {
            push(input, (at + 1 - name.len(), name), Absent::Computed, facts);
            facts.reads.last_mut().into_iter().for_each(|it| it.is_prefix = true);
        }
    }
}

/// Returns whether what follows a text joins something to it.
fn is_joined(after: &str) -> bool {
    let after = after.trim_start();
    after.starts_with('+') || after.starts_with('.') && !after.starts_with("..")
}

/// `${X}`, `${X:default}`; `%env(X)%`, `%env(int:X)%`, `%env(default:other:X)%`.
fn placeholders(input: &Input, open: &str, facts: &mut Facts) {
    let close = if open == "${" { '}' } else { ')' };
    for at in memchr::memmem::find_iter(input.text.as_bytes(), open) {
        let start = at + open.len();
        let Some((inner, _)) = line_after(input.text, start).split_once(close) else { continue };
        let (offset, name, has_default) = match (open, inner.split_once(':'), inner.rsplit_once(':')) {
            ("${", Some((name, _)), _) => (0, name, true),
            ("%env(", _, Some((processors, name))) => {
                (processors.len() + 1, name, processors.split(':').any(|it| it == "default"))
            }
            _ => (0, inner, false),
        };
        // `symfony server:dump` sets its own.
        if is_loud_name(name) && !is_comment(input.text, at) && name != "VAR_DUMPER_SERVER" {
            let absent = match () {
                () if has_default && open == "${" && !inner.contains('$') => {
                    Absent::Default(inner[name.len() + 1..].to_string())
                }
                () if has_default => Absent::Computed,
                () if open == "%env(" && !is_of_symfony(input.path) => Absent::Nothing,
                () => Absent::Fails,
            };
            push(input, (start + offset, name), absent, facts);
        }
    }
}

fn push(input: &Input, (at, name): (usize, &str), absent: Absent, facts: &mut Facts) {
    let name = Spanned::new(name.to_string(), Span::new(input.file, at, at + name.len()));
    let (language, in_test) = (Language::Other, input.in_test);
    facts.reads.push(EnvRead { name, language, absent, in_test, build_time: false, is_prefix: false });
}

/// Returns whether the line of a place is a comment.
fn is_comment(text: &str, at: usize) -> bool {
    let line = line_before(text, at).trim_start();
    line.starts_with('#') || line.starts_with("//") || line.starts_with('*') || line.starts_with("/*")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::tree::Tree;
    use crate::source::FileId;

    fn reads(path: &str, text: &str) -> Vec<String> {
        let tree = Tree::default();
        let kind = crate::repo::kind::of(path);
        let input = Input { file: FileId(0), path, text, kind, in_test: false, tree: &tree };
        let mut facts = Facts::default();
        read(&input, &mut facts, &mut Diags::default());
        read_yaml(&input, &mut facts, &mut Diags::default());
        let one = |it: &EnvRead| {
            assert_eq!(&text[it.name.span.start as usize..it.name.span.end as usize], it.name.value);
            let mark = if it.is_prefix { "*" } else { "" };
            format!("{}{mark}{}", it.name.value, if it.absent == Absent::Fails { "!" } else { "" })
        };
        let mut found: Vec<String> = facts.reads.iter().map(one).collect();
        found.sort();
        found
    }

    #[test]
    fn symfony_has_defaults_among_its_parameters() {
        let tree = Tree::default();
        let text = "parameters:\n  env(AAA): '0'\n  'env(BBB)': 1\n  x: '%env(CCC)%'\n  # env(DDD): 2\n";
        let (path, kind) = ("config/services.yaml", crate::repo::kind::Kind::Yaml);
        let input = Input { file: FileId(0), path, text, kind, in_test: false, tree: &tree };
        let mut facts = Facts::default();
        read_yaml(&input, &mut facts, &mut Diags::default());
        let names: Vec<&str> = facts.sets.iter().map(|it| it.name.value.as_str()).collect();
        assert_eq!(names, ["AAA", "BBB"]);
    }

    #[test]
    fn spring_says_where_it_listens() {
        let tree = Tree::default();
        let cases = [
            ("application.yml", "spring:\n  port: 1\nserver:\n  ssl: x\n  port: 8080\nx:\n  port: 2\n", 8080),
            ("application-dev.yml", "server:\n  port: ${PORT:8081}\n", 8081),
            ("application.yml", "server.port: 8082\n", 8082),
            ("application.properties", "a.b=1\nserver.port = 8083\n", 8083),
        ];
        for (path, text, expected) in cases {
            let kind = crate::repo::kind::of(path);
            let input = Input { file: FileId(0), path, text, kind, in_test: false, tree: &tree };
            let mut facts = Facts::default();
            match path.ends_with(".yml") {
                true => read_yaml(&input, &mut facts, &mut Diags::default()),
                false => read(&input, &mut facts, &mut Diags::default()),
            }
            assert_eq!(facts.listens.iter().map(|it| it.value).collect::<Vec<_>>(), [expected], "{path}");
        }
    }

    #[test]
    fn each_language_asks_in_its_own_words() {
        let cases: &[(&str, &str, &[&str])] = &[
            (
                "a.rb",
                "a = ENV.fetch(\"A_KEY\")\nENV.fetch('B_KEY', 1)\nENV.fetch(\"C_KEY\") { 1 }\nENV['D_KEY']\n# ENV['E_KEY']",
                &["A_KEY!", "B_KEY", "C_KEY", "D_KEY"],
            ),
            ("database.yml", "url: <%= ENV[\"DATABASE_URL\"] %>", &["DATABASE_URL"]),
            ("a.php", "env('AAA'); getenv(\"BBB\") ?: 1; $_ENV['CCC']; $this->env('lower');", &["AAA", "BBB", "CCC"]),
            ("a.php", "$key = 'RATE_' . strtoupper($x); getenv($key); $a = 'B_' . 'C';", &["RATE_*"]),
            ("a.php", "$key = 'RATE_' . $x; getenv('AAA');", &["AAA"]),
            ("a.rb", "ENV[\"RATE_#{name}\"]", &["RATE_*"]),
            ("A.java", "String k = \"RATE_\" + name; System.getenv(k);", &["RATE_*"]),
            ("A.java", "System.getenv(\"A_B\")", &["A_B"]),
            ("A.cs", "Environment.GetEnvironmentVariable(\"A_B\") ?? throw new X()", &["A_B"]),
            ("runtime.exs", "System.fetch_env!(\"A_B\")\nSystem.get_env(\"CCC\") || raise \"x\"", &["A_B!", "CCC"]),
            ("application.yml", "a: ${A_B}\nb: ${CCC:1}\nc: ${spring.name}", &["A_B!", "CCC"]),
            ("application-prod.properties", "a=${A_B}", &["A_B!"]),
            (
                "services.yaml",
                "dsn: '%env(resolve:A_B)%'\nx: '%env(default::CCC)%'\ny: '%env(DDD)%'",
                &["A_B!", "CCC", "DDD!"],
            ),
            ("config/packages/doctrine.yaml", "url: '%env(DDD)%'", &["DDD!"]),
            ("config/limits.yaml", "capacity: '%env(int:DDD)%'", &["DDD"]),
            ("values.yaml", "a: ${A_B}", &[]),
        ];
        for (path, text, expected) in cases {
            assert_eq!(reads(path, text), *expected, "{path}");
        }
    }
}
