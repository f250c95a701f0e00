//! Tests of specc from the outside, a file per topic.

mod discovery;
mod report;
mod rules;
