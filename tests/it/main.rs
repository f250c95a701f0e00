//! Tests of specc from the outside, a file per topic.

mod baseline;
mod build;
mod check_section;
mod clean;
mod compose_merge;
mod compose_real;
mod discovery;
mod docs;
mod dotenv;
mod emit;
mod examples;
mod fix;
mod golden;
mod history;
mod hostile;
mod interpolation;
mod random_system;
mod real_tools;
mod report;
mod rules;
mod secrets;
mod settings;
mod stack_real;
mod staged;
mod tidy;
mod yaml_out;
