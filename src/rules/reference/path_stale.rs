//! `stale-path-reference`.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::in_container;
use crate::diag::{Code, Diagnostic, Level};
use crate::parallel;
use crate::repo::Repo;
use crate::repo::fact::{Mention, MentionBy};
use crate::rules::existence::{Made, folder, hint, is_example, is_historical, is_tested};
use crate::rules::{Findings, Rule};
use crate::source::{FileId, Span, Spans, normalize};
use crate::syntax::node::Node;

/// A text names a file that is gone.
pub static RULE: Rule = Rule {
    code: Code { id: "REF001", name: "stale-path-reference" },
    level: Level::Warning,
    summary: "a text names a file that the repository does not have",
    docs: r#"
## What it does
Finds paths in code, configuration, scripts and documents that name no file, where git's history had one, or where the
folder is there and the file is not.
## Why it matters
Whoever deletes or moves a file has to find every text that names it. What is forgotten fails when it is next used, or
sends readers to a file that they will not find.
## Example
```sample
#- docs/setup.md
Copy `config/old.yaml` first, then run src/app/main.py.
#     ^^^^^^^^^^^^^^^ warning: `config/old.yaml` was deleted from the repository
#- src/app/load.py
SOURCE = open("src/app/limits.json")
#              ^^^^^^^^^^^^^^^^^^^ warning: `src/app/limits.json` is not in the repository
#- .github/CODEOWNERS
/src/app/ @us
/src/web/ @them
#^^^^^^^^ warning: `src/web` is not in the repository
#- src/app/main.py
print()
#- config/old.yaml (deleted)
```
## Silent
What a program wrote, nobody corrects.
```sample
#- convex/_generated/api.d.ts
import type * as crons from "../../convex/crons.js";
#- convex/messages.ts
export const a = 1;
```
What a step uploads was made by the steps before it.
```sample
#- .github/workflows/scan.yml
on: {pull_request: {}}
jobs:
  scan:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - run: cd backend && bandit -r app -f json -o bandit-report.json || true
      - uses: actions/upload-artifact@v4
        with:
          name: reports
          path: |
            backend/bandit-report.json
            backend/safety-report.json
#- backend/app.py
print("x")
```
Files that git ignores or that a script makes, paths of other places, archives and change logs, and ignore lists.
```sample
#- src/app/main.py
open("build/out.json"); open("/etc/app/x.json"); open("src/app/made.json")
parser.add_argument("--out", default="src/app/report.json")
URL = "https://example.com/src/app/x.py"
#- scripts/make.sh
touch src/app/made.json
rm -f src/app/gone.py
#- entrypoint.sh
exec node src/app/bundled.cjs
#- Dockerfile
FROM node:24
COPY . .
RUN npx esbuild src/app/main.py --outdir=src/app
CMD ["sh", "entrypoint.sh"]
#- docs/archive/2023.md
It was in `src/app/gone.py` then.
#- docs/bugs/fixed/1.md
Look at `src/app/gone.py:10-18`.
#- docs/state.md
There is no `src/app/gone.py`. Add it to your `docker-compose.gone.yml`.
| 1 | ~~Delete the mock~~ | `src/app/gone.py` |
#- scripts/each.sh
for file in src/app/main.py src/app/gone.py; do
  [ -f "$file" ] && python3 "$file"
done
#- src/app/lines.ts
// const lines = read("src/app/gone.py")
#- tsconfig.tsbuildinfo
{"root": ["src/app/gone.py"]}
#- scripts/quote_exceptions
src/app/gone.py:    # what a search may find
#- .github/CODEOWNERS
/src/app/ @us
*.sql @them
docs/ @them
#- .github/dependabot.yml
version: 2
updates:
  - {package-ecosystem: pip, directory: /, schedule: {interval: weekly}}
  - {package-ecosystem: docker, directories: ["/src/*"], schedule: {interval: weekly}}
#- .gitignore
src/app/old.json
/build/
#- build/ (ignored)
#- src/app/gone.py (deleted)
#- docker-compose.gone.yml (deleted)
```
## When it may be wrong
When the path is an example, or is made by something that specc does not read.
"#,
    run,
};

/// How far apart two commands about one file may stand, in bytes.
const BESIDE: u32 = 500;

fn run(repo: &Repo, findings: &mut Findings) {
    let made = Made::by_commands(repo);
    let written = repo.facts.mentions.iter().filter(|it| it.by == MentionBy::Written);
    let written: BTreeSet<&str> = written.flat_map(|it| &it.candidates).map(String::as_str).collect();
    let is_written = |it: &Mention| it.candidates.iter().any(|it| written.contains(it.as_str()));
    let elsewhere = judged_elsewhere(repo);
    // This rule runs when all others are done, so it shares its work out itself.
    let mentions = &repo.facts.mentions;
    let is_left = parallel::map(mentions, mentions.len(), |it| {
        is_open(repo, &made, it) && !is_written(it) && !elsewhere.hold(it.path.span)
    });
    let open = mentions.iter().zip(is_left).filter(|it| it.1).map(|it| it.0);
    let foreign = in_container::places(repo);
    let told_about = findings.told_about();
    let mut told: BTreeMap<(FileId, String), Diagnostic> = BTreeMap::new();
    for mention in open {
        let gone = mention.candidates.iter().find(|it| repo.tree.deletion(it).is_some());
        // What starts in an image has the image's files, which the build made.
        let is_built =
            || foreign.hold(mention.path.span) || is_program_of_image(repo, repo.path(mention.path.span.file));
        let missing = || meant(repo, mention).filter(|it| repo.tree.is_directory(folder(it)) && !is_built());
        let Some(path) = gone.cloned().or_else(missing) else { continue };
        let place = mention.path.span;
        if findings.tell_of(place) || is_told_beside(&told_about, &path, place) {
            continue;
        }
        let state = if gone.is_some() { "was deleted from" } else { "is not in" };
        let level = if gone.is_some() { RULE.level } else { level(repo, mention) };
        // A text that names it often is one finding.
        match told.entry((place.file, path)) {
            Entry::Occupied(mut it) => {
                let finding = it.get().clone().also(place, "and here");
                it.insert(Diagnostic { level: finding.level.max(level), ..finding });
            }
            Entry::Vacant(it) => {
                let path = &it.key().1;
                let way_out =
                    hint(repo, path).unwrap_or_else(|| "correct the path, or remove what names it".to_string());
                let finding = RULE.finding_at(level, place, format!("`{path}` {state} the repository")).help(way_out);
                it.insert(finding);
            }
        }
    }
    for (finding, about) in by_cause(repo, told) {
        findings.push_about(finding, about);
    }
}

/// Returns the places of paths that need not be there, or of which another rule knows when they need not.
fn judged_elsewhere(repo: &Repo) -> Spans {
    let services = || repo.facts.compose_files.iter().flat_map(|it| &it.model.services);
    // `required: false`
    let optional = services().flat_map(|it| &it.env_files).filter(|it| !it.is_required).map(|it| it.path.span);
    let watched = services().filter_map(|it| it.node.at(&["develop", "watch"])).filter_map(Node::as_seq).flatten();
    optional.chain(watched.filter_map(|it| Some(it.get("path")?.span))).collect()
}

/// Returns whether another finding is about a path, close to a place: `chmod +x a.sh` and then `./a.sh` is one mistake, as
/// is `cp a b` and then `echo "made b from a"`.
fn is_told_beside(told_about: &BTreeSet<(FileId, String, u32)>, path: &str, place: Span) -> bool {
    let bound = |at: u32| (place.file, path.to_string(), at);
    let around = bound(place.start.saturating_sub(BESIDE))..bound(place.end.saturating_add(BESIDE));
    told_about.range(around).next().is_some()
}

/// What one commit took away, and one text still names in many places, is one finding.
fn by_cause(repo: &Repo, told: BTreeMap<(FileId, String), Diagnostic>) -> Vec<(Diagnostic, Vec<String>)> {
    let mut causes: BTreeMap<(FileId, String, Level), Vec<(String, Diagnostic)>> = BTreeMap::new();
    for ((file, path), finding) in told {
        let cause = repo.tree.deletion(&path).map_or_else(|| path.clone(), |it| it.commit.clone());
        causes.entry((file, cause, finding.level)).or_default().push((path, finding));
    }
    let mut list = Vec::new();
    for mut group in causes.into_values() {
        group.sort_by_key(|it| it.1.span().map(|it| it.start));
        let about = group.iter().map(|it| it.0.clone()).collect();
        let n = group.len() - 1;
        let mut group = group.into_iter();
        let Some((_, mut finding)) = group.next() else { continue };
        if n > 0 {
            let others = if n == 1 { "another file".to_string() } else { format!("{n} more files") };
            finding.message = format!("{}, and {others} that this text names", finding.message);
        }
        for (path, other) in group {
            if let Some(span) = other.span() {
                finding = finding.also(span, format!("`{path}` too"));
            }
        }
        list.push((finding, about));
    }
    list.sort_by_key(|it| it.0.span());
    list
}

/// Whether nothing explains that the path need not be there.
fn is_open(repo: &Repo, made: &Made, mention: &Mention) -> bool {
    let is_explained = |it: &String| repo.tree.is_ignored(it) || made.holds(it);
    if is_tested(repo, mention.path.span.file, &mention.path.value) {
        return false;
    }
    let file = repo.path(mention.path.span.file);
    let is_past = (mention.in_record || is_historical(file)) && !repo.hints.is_reference(file);
    !is_past && !is_example(&mention.path.value) && !mention.candidates.iter().any(is_explained)
}

/// Returns the one path that a mention must mean if the file never was anywhere: from the root, or from the folder of
/// the text where it says so. A bare name may be a file of anything.
fn meant(repo: &Repo, mention: &Mention) -> Option<String> {
    let written = mention.path.value.as_str();
    let file = repo.path(mention.path.span.file);
    let plain = written.strip_prefix("./").unwrap_or(written);
    if !plain.contains('/') {
        return None;
    }
    let from_root = normalize(plain).filter(|it| repo.tree.is_directory(folder(it)));
    let from_here = || {
        let is_relative = written.starts_with('.') || mention.by == MentionBy::Link;
        normalize(&format!("{}/{written}", folder(file))).filter(|_| is_relative)
    };
    // A link starts where its document is.
    let linked = || from_here().filter(|it| mention.by == MentionBy::Link && repo.tree.is_directory(folder(it)));
    if written.starts_with("..") { from_here() } else { linked().or(from_root).or_else(from_here) }
}

/// Returns whether a script is what a Dockerfile starts.
fn is_program_of_image(repo: &Repo, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_it = |word: &str| word.split([' ', '/', '"', '\'']).any(|it| it == name);
    let stages = repo.facts.dockerfiles.iter().flat_map(|it| &it.stages);
    stages.flat_map(|it| it.cmd.iter().chain(&it.entrypoint)).flat_map(|it| &it.words).any(|it| is_it(&it.value))
}

/// Where the history is known, what never was in it is a plan or an example, unless code or a link relies on it.
fn level(repo: &Repo, mention: &Mention) -> Level {
    let file = repo.path(mention.path.span.file);
    let is_relied_on = match mention.by {
        MentionBy::Link | MentionBy::Word | MentionBy::Value => true,
        MentionBy::Quoted => !mention.in_test,
        MentionBy::CodeSpan | MentionBy::Prose | MentionBy::Written => false,
    };
    let is_told = is_relied_on || repo.hints.is_reference(file) || !repo.tree.has_history();
    if is_told { RULE.level } else { Level::Info }
}
