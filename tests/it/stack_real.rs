//! The real `docker stack` reads what specc writes, without a complaint and without dropping anything it was told.
//!
//! Runs where `SPECC_REALTOOLS` names the directory that tests/realtools/tools.sh fills; `SPECC_CASES` says how many
//! random systems are tried.

use std::collections::BTreeSet;
use std::fs::{create_dir, write};
use std::path::Path;

use specc::diag::Diags;
use specc::emit::{Selection, emit};
use specc::source::Sources;
use specc::syntax::node::Node;
use specc::syntax::parse;

use crate::random_system::swarm;
use crate::real_tools::real_tool;

/// What `docker stack` says nothing about and does nothing with, or refuses, and what is for compose only.
const NOT_FOR_SWARM: [&str; 14] = [
    "build",
    "container_name",
    "depends_on",
    "develop",
    "devices",
    "expose",
    "ipc",
    "network_mode",
    "privileged",
    "profiles",
    "restart",
    "security_opt",
    "shm_size",
    "tmpfs",
];

#[test]
fn random_stack_is_accepted_by_docker_stack() {
    let cases = std::env::var("SPECC_CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(25);
    for seed in 0..cases {
        let text = stack(seed);
        let keys = service_keys(&text);
        let wrong: Vec<&str> = NOT_FOR_SWARM.into_iter().filter(|it| keys.contains(*it)).collect();
        assert!(wrong.is_empty(), "seed {seed}: {wrong:?}\n{text}");
        let Some(mut docker) = real_tool("docker") else { continue };
        let dir = tempfile::tempdir().unwrap();
        lay_out(&text, dir.path());
        let output = docker.current_dir(dir.path()).args(["stack", "config", "-c", "dev.yml"]).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && errors.is_empty(), "seed {seed}: {errors}\n{text}");
    }
}

fn stack(seed: u64) -> String {
    let mut diags = Diags::default();
    let only = Selection { targets: vec!["swarm".to_string()], ..Selection::default() };
    let output = emit(&swarm(seed), &only, &mut diags);
    let output = output.unwrap_or_else(|_| panic!("seed {seed}: {:#?}", diags.list()));
    output.artifacts[0].text.clone()
}

fn service_keys(text: &str) -> BTreeSet<String> {
    let mut sources = Sources::default();
    let file = sources.add("stack.yml", text);
    let root = parse(&sources, file, &mut Diags::default()).unwrap();
    let services = root.get("services").and_then(Node::as_map).unwrap();
    let keys = services.entries.iter().filter_map(|it| it.value.as_map()).flat_map(|it| &it.entries);
    keys.map(|it| it.key.to_string()).collect()
}

fn lay_out(text: &str, dir: &Path) {
    write(dir.join("dev.yml"), text).unwrap();
    create_dir(dir.join("conf")).unwrap();
    for file in ["a.env", "b.env", "c.env", "conf/a.conf", "pw"] {
        write(dir.join(file), format!("FROM={file}\n")).unwrap();
    }
}
