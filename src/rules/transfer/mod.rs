//! Rules about deployment: what scripts copy to servers and start there.

pub mod apply_list_incomplete;
pub mod file_unknown;
mod filter;
pub mod missing;
pub mod name_unknown;
pub mod path_mismatch;
mod running;
pub mod running_name;
mod shipment;
pub mod source_missing;
pub mod stack_not_exported;
pub mod unused;
pub mod variable_left_behind;
pub mod variable_unused;
