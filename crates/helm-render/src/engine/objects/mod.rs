//! The Go structs and named types that templates see: `.Chart`, `.Capabilities`, `.Files`.

mod capabilities;
mod files;
mod glob;
mod metadata;
mod record;
mod values;

pub(crate) use capabilities::capabilities;
pub(crate) use files::{FileTree, files};
pub(crate) use metadata::{chart, dependency, metadata};
pub(crate) use values::VALUES_METHODS;
