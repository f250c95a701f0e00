//! Tests of specc from the outside, a file per topic.

mod interpolation;
mod real_tools;
mod report;
mod yaml_out;
