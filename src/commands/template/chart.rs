//! The chart of `molave template`: found, read and loaded, with Helm's texts.

use crate::config::tree::{Entry, Folder};
use crate::error::Diagnostic;
use crate::fs::{self, Links};
use crate::generate::charts::source_files;
use helm_render::Profile;
use helm_render::chart::Chart;
use std::path::{Path, PathBuf};

/// Whether this is an address in a network.
pub(super) fn is_address(text: &str) -> bool {
    ["http://", "https://", "oci://"].iter().any(|scheme| text.starts_with(scheme))
}

/// The path of the chart, from the root. A name that is no path would be one of a repository.
pub(super) fn locate(directory: &Path, reference: &str) -> Result<PathBuf, String> {
    let reference = reference.trim();
    if let Ok(path) = fs::canonical(&directory.join(reference)) {
        // Helm says the path as it was given, with its links.
        return Ok(std::path::absolute(directory.join(reference)).unwrap_or(path));
    }
    if reference.starts_with(['.', '/']) {
        return Err(format!("path \"{reference}\" not found"));
    }
    if is_address(reference) {
        let hint = format!("get it with `helm pull {reference}`, and render the file");
        return Err(format!("charts are not fetched from the network; {hint}"));
    }
    // Without any repository, as after Helm's installation.
    Err(match reference.split_once('/') {
        Some((repository, _)) => format!("repo {repository} not found"),
        None => format!(
            "non-absolute URLs should be in form of repo_name/path_to_chart, got: {reference}"
        ),
    })
}

/// Loads a folder or an archive.
pub(super) fn load(directory: &Path, path: &Path, profile: Profile) -> Result<Chart, String> {
    let shown = path.display().to_string();
    if !fs::is_folder(path) {
        let content = fs::read_limited(path).map_err(|problem| problem.message)?;
        return Chart::load_archive(profile, &shown, &content).map_err(|error| error.message);
    }
    let folder = read_folder(directory, path).map_err(|problem| problem.message)?;
    check_metadata(&folder, &shown, profile)?;
    if let Some((name, reason)) = folder.unreadable() {
        return Err(format!("{name} of the chart {reason}"));
    }
    Chart::load_as(profile, &shown, source_files(&folder)).map_err(|error| error.message)
}

/// Reads a chart's folder. Its links may lead anywhere in its repository, or where there is none in
/// `directory`, or where it is not below that in the folder itself.
pub(in crate::commands) fn read_folder(
    directory: &Path,
    path: &Path,
) -> Result<Folder, Diagnostic> {
    let path = fs::canonical(path)?;
    let directory = fs::canonical(directory)?;
    let above = fs::repository(&path).or_else(|| path.ancestors().find(|one| *one == directory));
    let root = above.unwrap_or(&path);
    let inner = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
    fs::read_folder(root, &inner, Links::Within)
}

fn check_metadata(folder: &Folder, shown: &str, profile: Profile) -> Result<(), String> {
    match (folder.entry("Chart.yaml"), profile) {
        (Some(Entry::File(_) | Entry::Unreadable(_)), _) => Ok(()),
        (_, Profile::Helm3) => Err("Chart.yaml file is missing".to_owned()),
        (_, Profile::Helm4) => Err(format!(
            "unable to detect chart at {shown}/Chart.yaml: open {shown}/Chart.yaml: no such file \
             or directory"
        )),
    }
}
