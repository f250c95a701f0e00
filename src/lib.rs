//! specc: one spec compiled into deployment files, and a checker for repositories that hold them.
pub mod diag;
pub mod emit;
pub mod files;
pub mod ir;
pub mod origin;
pub mod output;
pub mod report;
pub mod source;
pub mod spec;
pub mod syntax;
