//! Links specc to a fixed address. Otherwise the loader rewrites 280 KiB of tables at every start, which is a fifth of
//! what `specc --version` takes; docs/decisions.md says what that gives up.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if (target("OS"), target("ENV"), target("ARCH")) == ("linux".into(), "gnu".into(), "x86_64".into()) {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
