//! specc: one spec compiled into deployment files, and a checker for repositories that hold them.
pub mod cli;
pub mod diag;
pub mod emit;
pub mod files;
pub mod ir;
pub mod ops;
pub mod origin;
pub mod output;
pub mod repo;
pub mod report;
pub mod rules;
pub mod sample;
pub mod source;
pub mod spec;
pub mod syntax;
