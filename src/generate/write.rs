//! Carries out a [`WritePlan`]. The only part of `generate` that changes anything.

use super::plan::WritePlan;
use crate::error::Diagnostic;
use crate::fs::{self, Durability};
use crate::parallel;
use std::path::Path;

/// Writes and removes as planned below the output folder: first every write, each file old or new
/// at any moment, then the removals. The first failing step of each kind ends it.
pub fn execute(output: &Path, plan: &WritePlan) -> Result<(), Vec<Diagnostic>> {
    let written = parallel::map(
        &plan.writes,
        |(path, content)| fs::write(&output.join(path), content, Durability::Process),
        |_| {},
    );
    let failed: Vec<Diagnostic> = written.into_iter().filter_map(Result::err).collect();
    if !failed.is_empty() {
        return Err(failed);
    }
    remove(output, plan).map_err(|problem| vec![problem])
}

fn remove(output: &Path, plan: &WritePlan) -> Result<(), Diagnostic> {
    for path in &plan.removals {
        fs::remove_file(&output.join(path))?;
    }
    for path in &plan.folders {
        fs::remove_empty_folder(&output.join(path))?;
    }
    Ok(())
}
