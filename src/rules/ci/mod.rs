//! Rules about workflows.

pub mod branch_unknown;
pub mod input_unknown;
pub mod job_unknown;
pub mod output_unknown;
pub mod path_missing;
pub mod service_address;
pub mod workflow_unknown;
