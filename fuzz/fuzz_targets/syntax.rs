//! Any text through every reader of the syntax room: no panic, no hang, every span inside of the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use specc::diag::Diags;
use specc::source::Sources;
use specc::syntax;

fuzz_target!(|text: &str| {
    for path in ["a.yaml", "a.toml", "a.json"] {
        let mut sources = Sources::default();
        let file = sources.add(path, text);
        let mut diags = Diags::default();
        if let Some(node) = syntax::parse(&sources, file, &mut diags) {
            assert!(node.span.end as usize <= text.len());
        }
        for diagnostic in diags.list() {
            assert!(diagnostic.span().is_none_or(|it| it.end as usize <= text.len()));
        }
    }
});
