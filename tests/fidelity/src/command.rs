//! Cases that are commands: `molave template` in place of `helm template`.

use crate::Failure;
use crate::case::Case;
use serde_json::{Value as Json, json};
use std::path::Path;
use std::process::Command;

/// What the command writes, and whether it succeeds. Of a failure Helm's words must be there; where
/// they stand is Molave's own.
pub(crate) fn template(case: &Case, molave: Option<&Path>) -> Result<Json, Failure> {
    let molave = molave.ok_or("commands need the path of `molave`")?;
    let arguments = case.field("arguments").as_array().ok_or("no arguments")?;
    let profile = if case.field("profile") == "helm3" { "helm3" } else { "helm4" };
    let output = Command::new(molave)
        .args(arguments.iter().filter_map(Json::as_str))
        .args(["--profile", profile])
        .current_dir(case.text("directory")?)
        .output()?;
    if output.status.success() {
        return Ok(json!({"output": String::from_utf8_lossy(&output.stdout)}));
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let wanted = case.wanted()["error"].as_str().unwrap_or_default();
    let is_said = !wanted.is_empty() && in_one_line(&said).contains(&in_one_line(wanted));
    Ok(json!({"error": if is_said { wanted } else { said.as_str() }}))
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
