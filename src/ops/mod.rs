//! One function per command; each reads top-down.

pub mod check;
