//! Rules about the `check` section of the spec itself. They are judged where the spec is read; here are their pages.

pub mod names_nothing;
