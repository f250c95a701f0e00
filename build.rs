//! How specc is linked on Linux: to a fixed address, and with the C library in it where the system has one to link.
//!
//! A program of specc's size spends half of the time until `main` in the loader: it looks for three libraries, maps them
//! and rewrites 280 KiB of tables. A hook pays for that at every commit. docs/decisions.md says what is given up.

use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if (target("OS"), target("ENV"), target("ARCH")) != ("linux".into(), "gnu".into(), "x86_64".into()) {
        return;
    }
    println!("cargo:rustc-link-arg-bins=-no-pie");
    let is_native = std::env::var("HOST") == std::env::var("TARGET");
    let folder = PathBuf::from(std::env::var("OUT_DIR").unwrap_or_default()).join("static");
    if is_native && stand_ins(&folder).is_some() {
        println!("cargo:rustc-link-arg-bins=-static");
        println!("cargo:rustc-link-arg-bins=-L{}", folder.display());
    }
}

/// The standard library asks for these as shared ones, and only a build for an explicit target can tell it otherwise:
/// so what the linker finds under their names is its own kind of script, which names the static ones.
fn stand_ins(folder: &Path) -> Option<()> {
    std::fs::create_dir_all(folder).ok()?;
    for (shared, archives) in [("c", &["c"][..]), ("m", &["m"]), ("gcc_s", &["gcc_eh", "gcc"])] {
        let found: Option<Vec<String>> = archives.iter().map(|it| archive(it)).collect();
        std::fs::write(folder.join(format!("lib{shared}.so")), format!("INPUT({})\n", found?.join(" "))).ok()?;
    }
    Some(())
}

/// Returns where the system has a static library, as a script names it: Fedora, for one, has none until `glibc-static`
/// is installed.
fn archive(name: &str) -> Option<String> {
    let asked = Command::new("cc").arg(format!("-print-file-name=lib{name}.a")).output().ok()?;
    let path = String::from_utf8(asked.stdout).ok()?.trim().to_string();
    Path::new(&path).is_absolute().then(|| format!("\"{path}\""))
}
