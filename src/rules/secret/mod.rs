//! Rules about secrets that everybody can read, and trust that everybody gets.

pub mod default_credentials;
pub mod file_not_given;
pub mod in_compose;
pub mod in_env_file;
pub mod private_key;
pub mod trusts_every_proxy;

/// Returns whether a file is for tests, examples or work on one's own machine, where a secret guards nothing.
fn is_harmless_place(path: &str) -> bool {
    let words = [
        "test",
        "tests",
        "testing",
        "testdata",
        "fixture",
        "fixtures",
        "mock",
        "mocks",
        "example",
        "examples",
        "sample",
        "samples",
        "dev",
        "development",
        "local",
        "localhost",
        "ci",
        "e2e",
        "integration",
        "demo",
        "docs",
        "archive",
        "archived",
        "old",
        "legacy",
    ];
    path.to_ascii_lowercase().split(['/', '.', '-', '_']).any(|it| words.contains(&it))
}
