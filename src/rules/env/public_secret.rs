//! `env-public-secret`.

use std::collections::BTreeSet;

use super::is_secret_name;
use crate::diag::{Code, Level};
use crate::repo::Repo;
use crate::repo::script::PUBLIC_PREFIXES;
use crate::rules::{Findings, Rule};
use crate::source::Span;

/// A secret under a name that bundlers publish.
pub static RULE: Rule = Rule {
    code: Code { id: "ENV024", name: "env-public-secret" },
    level: Level::Error,
    summary: "a secret has a name that puts it into the code which browsers get",
    docs: r#"
## What it does
Finds names such as `VITE_API_SECRET` or `NEXT_PUBLIC_DB_PASSWORD`: a prefix that bundlers publish, and a word that
means a secret.
## Why it matters
The bundler writes the value into the JavaScript that everybody can read.
## Example
```sample
#- .env.example
VITE_PAYMENT_SECRET=
#^^^^^^^^^^^^^^^^^^ error: `VITE_PAYMENT_SECRET` is published: the bundler writes it into the code that browsers get
#- src/pay.ts
pay(import.meta.env.VITE_PAYMENT_SECRET);
```
## Silent
Keys that are meant to be public.
```sample
#- .env.example
VITE_STRIPE_PUBLISHABLE_KEY=
NEXT_PUBLIC_SITE_KEY=
#- src/pay.ts
pay(import.meta.env.VITE_STRIPE_PUBLISHABLE_KEY, process.env.NEXT_PUBLIC_SITE_KEY);
```
"#,
    run,
};

fn run(repo: &Repo, findings: &mut Findings) {
    let in_files = repo.facts.env_files.iter().flat_map(|it| &it.entries).map(|it| &it.name);
    let in_code = repo.facts.reads.iter().filter(|it| !it.in_test).map(|it| &it.name);
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let names: Vec<(&str, Span)> = in_files.chain(in_code).map(|it| (it.value.as_str(), it.span)).collect();
    for (name, span) in names {
        let Some(rest) = PUBLIC_PREFIXES.iter().find_map(|it| name.strip_prefix(it)) else { continue };
        // Analytics and error reporting work with keys that are meant to be seen.
        let is_meant = [
            "POSTHOG",
            "SENTRY",
            "SEGMENT",
            "MIXPANEL",
            "AMPLITUDE",
            "MAPBOX",
            "RECAPTCHA",
            "TURNSTILE",
            "HCAPTCHA",
            "INTERCOM",
            "FIREBASE",
            "DATADOG_CLIENT",
            "GOOGLE_MAPS",
            "MAPS",
            "MAP_KEY",
            "MAPTILER",
            "ROLLBAR",
            "BUGSNAG",
            "HONEYBADGER",
            "ALGOLIA_SEARCH",
            "TRANSIFEX_TOKEN",
            "ANON_KEY",
            "PUBLIC",
            "PUBLISHABLE",
            "CLIENT_TOKEN",
            "SITE_KEY",
            "SITEKEY",
            "VAPID",
            "TINYMCE",
            "TINY_MCE",
            "GIPHY",
            "TENOR",
            "UNSPLASH_ACCESS",
            "WEB3FORMS",
            "EMAILJS",
            "STORAGE_KEY",
            "TOKEN_KEY",
            "COOKIE",
            "LOGROCKET",
            "PLAUSIBLE",
            "CRISP",
            "DEMO",
        ]
        .iter()
        .any(|it| rest.contains(it));
        if is_meant || !is_secret_name(rest) || !told.insert(name) {
            continue;
        }
        // A token or key of whoever it may be that serves browsers is often one for browsers.
        let level = if is_for_servers(rest) { RULE.level } else { Level::Info };
        let message = format!("`{name}` is published: the bundler writes it into the code that browsers get");
        let finding = RULE.finding_at(level, span, message);
        findings.push(finding.help("use it on the server only, under a name without the prefix"));
    }
}

/// Returns whether a name is that of something which opens a server, whoever has it.
#[rustfmt::skip]
fn is_for_servers(name: &str) -> bool {
    let words = [
        "SECRET", "PASSWORD", "PASSWD", "PRIVATE", "ADMIN", "ENCRYPTION", "SIGNING", "CREDENTIALS", "SERVICE_ROLE", "MASTER",
    ];
    let makers = [
        "ANTHROPIC", "AWS", "AZURE", "CLAUDE", "COHERE", "DEEPSEEK", "DISCORD", "ELEVENLABS", "GEMINI", "GITHUB", "GITLAB",
        "GOOGLE_API", "GROQ", "HF", "HUGGINGFACE", "MAILGUN", "MISTRAL", "OPENAI", "OPENROUTER", "PERPLEXITY", "PINECONE",
        "REPLICATE", "RESEND", "SENDGRID", "SERP", "SLACK", "TAVILY", "TELEGRAM", "TOGETHER", "TWILIO", "XAI",
    ];
    let is_shown = name.contains("WIFI");
    !is_shown && (words.iter().any(|it| name.contains(it)) || makers.iter().any(|it| name.starts_with(it)))
}
