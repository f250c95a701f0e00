//! What is read from Python files, as tables of text and facts.

use crate::diag::Diags;
use crate::files::InMemory;
use crate::repo;
use crate::repo::Repo;
use crate::repo::fact::{Absent, SetBy};
use crate::repo::tree::KnownHistory;
use crate::source::Sources;

fn read(files: &[(&str, &str)]) -> Repo {
    let files = InMemory::new(files.iter().copied());
    let options = repo::Options { history: Some(KnownHistory::default()), ..repo::Options::default() };
    repo::read(&files, &options, &mut Sources::default(), &mut Diags::default())
}

/// Names what a file reads: `A!` fails without it, `A=x` has a default, `A=…` a computed one, `A` goes on without.
fn reads(files: &[(&str, &str)]) -> String {
    let repo = read(files);
    let word = |it: &crate::repo::fact::EnvRead| {
        let name = if it.is_prefix { format!("{}*", it.name.value) } else { it.name.value.clone() };
        match &it.absent {
            Absent::Fails => format!("{name}!"),
            Absent::Default(value) => format!("{name}={value}"),
            Absent::Computed => format!("{name}=…"),
            Absent::Nothing => name,
        }
    };
    repo.facts.reads.iter().map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn variables_are_read_in_every_form_with_what_happens_without_them() {
    let cases = [
        ("import os\nos.environ['A']", "A!"),
        ("import os\nos.environ.get('A')", "A"),
        ("import os\nos.getenv('A', 'x')", "A=x"),
        ("import os\nos.getenv('A', default=1)", "A=1"),
        ("import os\nos.getenv('A', '')", "A"),
        ("import os\nos.getenv('A', f())", "A=…"),
        ("import os\nos.getenv('A') or 'x'", "A=x"),
        ("import os\nos.environ.pop('A')", "A!"),
        ("import os\nif 'A' in os.environ:\n    os.environ['A']", "A A"),
        ("import os\ntry:\n    x = os.environ['A']\nexcept KeyError:\n    x = 1", "A"),
        ("import os\nos.environ['A'] = '1'\nos.environ['A']", "A"),
        ("import os\nx = os.getenv('A')\nif not x:\n    raise ValueError", "A!"),
        ("import os\ndef f():\n    x = os.getenv('A')\n    if x is None:\n        raise ValueError", "A!"),
        ("from os import environ as e, getenv\ne['A']; getenv('B')", "A! B"),
        ("import os\nenv = os.environ\nenv['A']; env.get('B', '2')", "A! B=2"),
        ("import os\nNAME = 'A'\nos.getenv(NAME)", "A"),
        ("import os\nfor name in ('A', 'B'):\n    os.environ[name]", "A! B!"),
        ("import os\nNAMES = ['A', 'B']\nx = [os.getenv(it) for it in NAMES]", "A B"),
        ("import os\nos.getenv(f'APP_{x}')", "APP_*"),
        ("import os\nos.getenv(x)", ""),
        (
            "import environ\nenv = environ.Env(DEBUG=(bool, False))\nenv('DEBUG'); env('KEY'); env.db()",
            "DEBUG=false KEY! DATABASE_URL!",
        ),
        ("from decouple import config\nconfig('A'); config('B', default=1, cast=int)", "A! B=1"),
        ("from environs import Env\nenv = Env()\nenv.int('A', 5); env.str('B')", "A=5 B!"),
        (
            "from environs import Env\nenv = Env()\nwith env.prefixed('P_'):\n    env.str('B')\nenv.str('C')",
            "P_* P_B C",
        ),
        ("import dj_database_url\ndj_database_url.config(default='sqlite://')", "DATABASE_URL=sqlite://"),
        ("from starlette.config import Config\nc = Config('.env')\nc('A', cast=bool, default=False)", "A=false"),
    ];
    for (text, expected) in cases {
        assert_eq!(reads(&[("app.py", text)]), expected, "{text}");
    }
}

#[test]
fn a_function_that_asks_for_what_it_is_given_is_followed_within_a_file_and_across() {
    let wrapper = "import os\ndef env_or(name, default=None):\n    return os.getenv(name, default)\n";
    let strict = "import os\ndef require_env(name: str) -> str:\n    value = os.environ.get(name)\n    if value is None:\n        raise RuntimeError(name)\n    return value\n";
    let same = format!("{wrapper}env_or('AA', 'x'); env_or('BB'); env_or(name='CC', default='y')\n");
    assert_eq!(reads(&[("a.py", &same)]), "AA=x BB CC=y");
    let user = "from lib.env import env_or, require_env\nenv_or('AA', 1)\nrequire_env('BB')\nother('CC')\n";
    assert_eq!(reads(&[("lib/env.py", &format!("{wrapper}{strict}")), ("use.py", user)]), "AA=1 BB!");
    let prefixed = "import os\ndef env(name):\n    return os.environ[f'APP_{name}']\nenv('KEY')\n";
    assert_eq!(reads(&[("a.py", prefixed)]), "APP_KEY!");
}

#[test]
fn what_tests_and_programs_set_is_told_apart() {
    let text = "import os\nos.environ['A'] = '1'\nos.environ.setdefault('B', 'x')\nos.environ.update({'C': '2'}, D='3')\n\
                def f(monkeypatch):\n    monkeypatch.setenv('E', '4')\n    with patch.dict(os.environ, {'F': '5'}, clear=True): ...\n";
    for (path, by) in [("tests/test_a.py", SetBy::Test), ("app.py", SetBy::Code)] {
        let repo = read(&[(path, text)]);
        let found: Vec<&str> = repo.facts.sets.iter().map(|it| it.name.value.as_str()).collect();
        assert_eq!(found, ["A", "B", "C", "D", "E", "F"]);
        assert!(repo.facts.sets.iter().all(|it| it.by == by), "{path}");
    }
}

#[test]
fn a_class_inherits_across_files_by_absolute_and_relative_imports_and_from_packages() {
    let base = "from pydantic_settings import BaseSettings\nclass Base(BaseSettings):\n    model_config = {'env_prefix': 'P_'}\n    a: str\n";
    let other = "class Base:\n    unrelated: int\n";
    for import in ["from .base import Base", "from shared.config.base import Base", "from shared.config import Base"] {
        let child = format!("{import}\nclass Settings(Base):\n    b: int = 1\n");
        let files = [
            ("packages/shared/config/base.py", base),
            ("x/other.py", other),
            ("packages/shared/config/web.py", &child),
        ];
        let repo = read(&files);
        let class = repo.facts.settings.iter().find(|it| it.name.value == "Settings").unwrap();
        let names: Vec<String> = class.fields.iter().flat_map(|it| it.env_names.clone()).collect();
        assert_eq!(names, ["P_A", "P_B"], "{import}");
        assert_eq!(class.fields[0].from.as_deref(), Some("Base"));
    }
}

#[test]
fn a_file_of_broken_python_still_says_what_it_says() {
    assert_eq!(reads(&[("a.py", "import os\nx = (\nos.getenv('A')\ndef f(:\n  pass\n")]), "A");
    assert_eq!(reads(&[("a.py", "print 'os.environ'\nimport os\nos.environ['A']\n")]), "A!");
}

#[test]
fn classes_that_inherit_in_circles_come_to_an_end() {
    let text = "from pydantic_settings import BaseSettings\nclass A(B): x: int\nclass B(A): y: int\nclass C(C, BaseSettings): z: int\n";
    let repo = read(&[("a.py", text)]);
    assert_eq!(repo.facts.settings.iter().map(|it| it.name.value.as_str()).collect::<Vec<_>>(), ["C"]);
}

#[test]
fn code_that_refuses_to_run_says_without_what_and_when() {
    let text = "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    key: str | None = None\n    bucket: str = ''\n    kind: str = 'a'\n\
                def make(settings):\n    if settings.kind == 'S3':\n        if not settings.bucket:\n            raise ValueError\n    elif settings.key is None:\n        raise ValueError\n";
    let repo = read(&[("storage.py", text)]);
    let found: Vec<_> = repo.facts.conditions.iter().map(|it| (&*it.needs.value, it.when.join(" "))).collect();
    assert_eq!(found, [("bucket", "s3 storage".to_string()), ("key", "storage".to_string())]);
}

#[test]
fn an_argument_is_taken_out_with_its_comma() {
    let class = "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    a: int = 1\n";
    let cases = [
        ("s = Settings(a=1, gone=2, b=3)", "s = Settings(a=1, b=3)"),
        ("s = Settings(a=1, gone=2)", "s = Settings(a=1)"),
        ("s = Settings(gone=2)", "s = Settings()"),
        ("s = Settings(\n    a=1,\n    gone=2,  # old\n)", "s = Settings(\n    a=1,\n)"),
    ];
    for (call, expected) in cases {
        let head = "from app import Settings\n";
        let text = format!("{head}{call}\n");
        let repo = read(&[("app.py", class), ("tests/conftest.py", &text)]);
        let fixture = repo.facts.fixtures.iter().find(|it| it.in_test).unwrap();
        let at = fixture.arguments.iter().position(|it| it.0.value == "gone").unwrap();
        let span = fixture.argument_spans[at];
        let mut mended = text.clone();
        mended.replace_range(span.start as usize..span.end as usize, "");
        assert_eq!(mended, format!("{head}{expected}\n"));
    }
}
