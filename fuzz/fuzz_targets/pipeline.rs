//! Any text as a spec through the whole build, in memory: files or an error, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use specc::diag::Diags;
use specc::emit;
use specc::files::InMemory;
use specc::resolve;
use specc::source::Sources;

fuzz_target!(|text: &str| {
    let files = InMemory::new([("specc.yaml", text), ("a.conf", "x"), ("src/app.py", "x")]);
    let (mut sources, mut diags) = (Sources::default(), Diags::default());
    let Some(root) = resolve::include::load(&files, "specc.yaml", &mut sources, &mut diags) else { return };
    let Ok(system) = resolve::resolve(&root, "specc.yaml", &files, &mut diags) else {
        assert!(diags.n_errors() > 0, "refused without a reason");
        return;
    };
    let _ = emit::emit(&system, &emit::Selection::default(), &mut diags);
});
