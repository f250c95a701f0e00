//! What scripts are read as: commands in the form that a table can hold.

use super::*;
use crate::source::FileId;
use std::sync::Arc;

fn facts(path: &str, text: &str) -> Facts {
    let tree = Tree::new(
        ["docker-compose.yml", "docker-compose.prod.yml", "deploy/compose.yml", "app/x.txt", ".env"].map(Arc::from),
    );
    let kind = crate::repo::kind::Kind::Shell;
    let input = Input { file: FileId(0), path, text, kind, in_test: false, tree: &tree };
    let mut facts = Facts::default();
    read(&input, &mut facts, &mut Diags::default());
    facts
}

fn shown(command: &Command) -> String {
    let list = |it: &[Text]| it.iter().map(|it| it.value.as_str()).collect::<Vec<_>>().join(",");
    let action = match &command.action {
        Action::Compose(it) => {
            let verb = it.verb.as_ref().map_or("", |it| it.value.as_str());
            let profiles = list(&it.profiles);
            format!(
                "compose f[{}] e[{}] p[{profiles}] {verb} [{}]",
                list(&it.files),
                list(&it.env_files),
                list(&it.services)
            )
        }
        Action::StackDeploy { files, name } => {
            format!("stack [{}] {}", list(files), name.as_ref().map_or("", |it| &it.value))
        }
        Action::Copy(it) => {
            format!(
                "{} [{}] -> {}{}",
                it.program,
                list(&it.sources),
                if it.to_remote { "@" } else { "" },
                it.destination.value
            )
        }
        Action::Make { targets, .. } => format!("make {}", list(targets)),
        Action::NetworkCreate(it) => format!("network {}", it.value),
        Action::MakeDirectory(it) => format!("mkdir {}", list(it)),
        Action::MakeFile(it) => format!("file {}", list(it)),
        Action::Source { file, is_exported } => format!("source {} {is_exported}", file.value),
        Action::Script { script, n_arguments } => format!("script {} {n_arguments}", script.value),
        Action::Build { dockerfile, context, .. } => {
            let text = |it: &Option<Text>| it.as_ref().map_or(String::new(), |it| it.value.clone());
            format!("build {} {}", text(dockerfile), text(context))
        }
        Action::KubectlApply(it) => format!("apply {}", list(it)),
        Action::GitPull => "pull".to_string(),
        _ => return String::new(),
    };
    let place = command.elsewhere.clone().unwrap_or_else(|| command.directory.clone());
    let remote = if command.is_remote { "remote " } else { "" };
    let sourced = command.sourced.iter().map(|it| it.value.as_str()).collect::<Vec<_>>().join(",");
    format!("{remote}{place}: {action}{}", if sourced.is_empty() { String::new() } else { format!(" after {sourced}") })
}

fn commands(path: &str, text: &str) -> Vec<String> {
    facts(path, text).commands.iter().map(shown).filter(|it| !it.is_empty()).collect()
}

#[test]
fn a_deploy_script_is_read_as_what_it_does() {
    let text = r#"#!/usr/bin/env bash
set -euo pipefail
cd "$(dirname "$0")/.."
DIR="/opt/app"
FILES=(a.json "b c.json")
scp docker-compose.prod.yml "$VPS_HOST:$DIR/"
scp "${FILES[@]}" "$VPS_HOST:$DIR/"
for f in x y; do rsync -az --exclude .git "conf/$f" "${USER}@$VPS_HOST:${DIR}/conf/"; done
ssh "$VPS_HOST" "mkdir -p $DIR/docker && cd $DIR && set -a && source .env && source .env.prod && set +a && GIT=1 docker stack deploy -c docker-compose.prod.yml app --with-registry-auth"
ssh -i key "$VPS_HOST" bash -s <<'EOF'
cd /opt/app
git pull
docker compose -f docker-compose.prod.yml --profile web up -d --build gateway worker
EOF
"#;
    let expected = [
        ".: scp [docker-compose.prod.yml] -> @/opt/app/",
        ".: scp [a.json,b c.json] -> @/opt/app/",
        ".: rsync [conf/x] -> @/opt/app/conf/",
        ".: rsync [conf/y] -> @/opt/app/conf/",
        "remote ~: mkdir /opt/app/docker",
        "remote /opt/app: source .env true after .env",
        "remote /opt/app: source .env.prod true after .env,.env.prod",
        "remote /opt/app: stack [docker-compose.prod.yml] app after .env,.env.prod",
        "remote /opt/app: pull",
        "remote /opt/app: compose f[docker-compose.prod.yml] e[] p[web] up [gateway,worker]",
    ];
    assert_eq!(commands("scripts/deploy.sh", text), expected);
}

#[test]
fn commands_are_told_by_their_words() {
    let cases: &[(&str, &[&str])] = &[
        ("DC='docker compose -f a.yml'\n$DC exec -T -e A=b db psql x", &[".: compose f[a.yml] e[] p[] exec [db]"]),
        ("docker-compose --env-file=.env.x -p n logs -f --tail 5 api", &[".: compose f[] e[.env.x] p[] logs [api]"]),
        (
            "COMPOSE_FILE=a.yml:b.yml COMPOSE_PROFILES=p,q docker compose up",
            &[".: compose f[a.yml,b.yml] e[] p[p,q] up []"],
        ),
        (
            "npx dotenv-vault@latest pull production; vercel env pull",
            &[".: file .env.production", ".: file .env.local"],
        ),
        ("sudo -E docker network create --driver overlay net || true", &[".: network net"]),
        ("make -C app dev X=1 -j 4 && make", &[".: make dev", ".: make "]),
        ("docker build -t a -f app/Dockerfile --build-arg X=1 .", &[".: build app/Dockerfile ."]),
        ("if [ ! -f .env ]; then cp .env.example .env; fi", &[".: cp [.env.example] -> .env"]),
        ("(cd app && ./run.sh a b); ./x.sh", &["app: script ./run.sh 2", ".: script ./x.sh 0"]),
        ("kubectl apply -n x -f k8s/a.yaml -f k8s/b.yaml", &[".: apply k8s/a.yaml,k8s/b.yaml"]),
        ("uv run --env-file .env python scripts/a.py --x", &[".: script scripts/a.py 1"]),
        ("f() { docker compose up \"$1\"; }\nf a", &[".: compose f[] e[] p[] up []"]),
        (
            "case $1 in\n  up) docker compose up ;;\n  *) make x ;;\nesac\nmake y",
            &[".: compose f[] e[] p[] up []", ".: make x", ".: make y"],
        ),
        ("timeout 9 bash -c 'until curl x://y; do sleep 1; done; make z'", &[".: make z"]),
        ("echo x | tee -a out.log > /dev/null", &[".: file out.log"]),
        ("set -a; . ./.env; set +a\nmake a", &[".: source ./.env true after ./.env", ".: make a after ./.env"]),
        (
            "F=a.yml\nif x; then F=b.yml; fi\ndocker compose -f $F up",
            &[".: compose f[a.yml] e[] p[] up []", ".: compose f[b.yml] e[] p[] up []"],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(commands("run.sh", text), *expected, "{text}");
    }
}

#[test]
fn a_script_without_cd_is_meant_for_where_its_files_are() {
    assert_eq!(
        commands("deploy/up.sh", "docker compose -f compose.yml up")[0],
        "deploy: compose f[compose.yml] e[] p[] up []"
    );
    assert_eq!(
        commands("deploy/up.sh", "docker compose -f deploy/compose.yml up")[0],
        ".: compose f[deploy/compose.yml] e[] p[] up []"
    );
}

#[test]
fn variables_of_the_environment_are_told_from_the_scripts_own() {
    let text = "set -eu\nA=1\necho $A $B ${C:-d} ${D:?no} ${E:-$F} $1 $HOME\nfor g in a; do echo $g; done\nH=${H:-x}\nread I; echo $I\n[ -z \"${J:-}\" ] || echo $J\necho \"$(cat $K)\"\ncat <<EOF\n$L\nEOF\n";
    let facts = facts("run.sh", text);
    let shown: Vec<String> = facts.reads.iter().map(|it| format!("{} {:?}", it.name.value, it.absent)).collect();
    let expected = [
        "B Fails",
        "C Default(\"d\")",
        "D Fails",
        "E Computed",
        "F Fails",
        "H Default(\"x\")",
        "J Default(\"\")",
        "J Nothing",
        "K Fails",
        "L Fails",
    ];
    assert_eq!(shown, expected);
    let places: Vec<&str> =
        facts.reads.iter().map(|it| &text[it.name.span.start as usize..it.name.span.end as usize]).collect();
    assert_eq!(places, ["B", "C", "D", "E", "F", "H", "J", "J", "K", "L"]);
}

#[test]
fn env_files_that_a_script_writes_are_read_line_by_line() {
    let facts = facts("run.sh", "cat > .env <<EOF\nA=1\n  B=$X\nEOF\necho \"C=2\" >> .env\necho D=3 > notes.txt\n");
    let into: Vec<String> = facts
        .sets
        .iter()
        .filter_map(|it| {
            Some(format!("{} {:?} {}", it.name.value, it.value.as_ref().map(|it| &it.value), it.into.as_ref()?))
        })
        .collect();
    assert_eq!(into, ["A Some(\"1\") .env", "B None .env", "C Some(\"2\") .env"]);
}

#[test]
fn positional_arguments_that_a_script_insists_on() {
    let cases = [
        ("if [ $# -lt 2 ]; then\n  echo usage\n  exit 1\nfi\n", Some(2)),
        ("if [ -z \"$1\" ]; then\n  echo usage\n  exit 1\nfi\n", Some(1)),
        ("NAME=${1:?usage}\n", Some(1)),
        ("DIR=\"$1\"\nif [ -z \"$DIR\" ]; then\n  exit 1\nfi\n", Some(1)),
        ("A=$1\nB=$2\nif [[ -z $A || -z \"${B}\" ]]; then\n  exit 1\nfi\n", Some(2)),
        ("DIRS=$1\nDIR=.\nif [ -z \"$DIR\" ]; then\n  exit 1\nfi\n", None),
        ("f() {\n  [ -z \"$1\" ] && exit 1\n}\n", None),
        ("if [ -z \"$1\" ]; then\n  X=1\nfi\nexit 1\n", None),
        ("[ $# -eq 0 ] && { usage; exit 1; }\n", Some(1)),
    ];
    for (text, expected) in cases {
        assert_eq!(facts("x.sh", text).scripts[0].arguments.map(|it| it.1), expected, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn any_script_is_read_without_a_panic(text in "[a-z$(){}<>|&;'\"`\\\\# \n=é:/.-]{0,120}") {
        facts("x.sh", &text);
    }

    #[test]
    fn scripts_of_likely_words_are_read_without_a_panic(words in proptest::collection::vec("(cd|ssh h|\"|'|docker compose|-f|\\$X|\\$\\(|\\)|\n|if|fi|\\{|\\}|case x in|esac|;;|<<E|E|for i in|done|A=\\(|\\$\\{B:-)", 0..30)) {
        facts("x.sh", &words.join(" "));
    }
}
