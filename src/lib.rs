//! specc: one spec compiled into deployment files, and a checker for repositories that hold them.
//!
//! The rooms below stand in the order of the pipeline, and each imports only from those after it; docs/architecture.md
//! holds the map and a test holds the code to it. To see how a spec becomes files, read [`ops::build`]; to see how a
//! repository is checked, read [`ops::check`].

pub mod cli;
pub mod ops;

pub mod report;

pub mod output;

pub mod emit;

pub mod rules;

pub mod repo;

pub mod resolve;

pub mod spec;

pub mod ir;
pub mod kubernetes;

pub mod syntax;

pub mod diag;
pub mod sample;

pub mod files;
pub mod origin;
pub mod parallel;
pub mod secret;
pub mod source;
