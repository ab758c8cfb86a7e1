//! From the files of a folder to a [`Chart`].
//!
//! Owns what each file is for, the limits, and the nesting of sub-charts.

use super::decode::{Draft, decode};
use super::ignore::Rules;
use super::metadata::Metadata;
use super::validate::{Invalid, validate};
use super::{Chart, Defaults, LoadError, SourceFile};
use crate::values::Schema;
use crate::values::document::{self, Documents};
use crate::values::frozen::Frozen;
use go_yaml::{Data, Node};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// The most that all files of a chart may hold.
const MAX_CHART_SIZE: usize = 100 * 1024 * 1024;
/// The most that one file may hold under Helm 3.
const MAX_FILE_SIZE: usize = 5 * 1024 * 1024;

/// Loads the chart of a folder.
pub(super) fn load_folder(files: Vec<SourceFile>) -> Result<Chart, LoadError> {
    let rules = ignore_rules(&files)?;
    let mut kept: Vec<_> = files.into_iter().filter(|file| !rules.ignore(&file.path)).collect();
    kept.sort_by(|left, right| walk_order(&left.path, &right.path));
    let too_large = check_sizes(&kept)?;
    for file in &mut kept {
        if file.content.starts_with(BYTE_ORDER_MARK) {
            file.content.drain(..BYTE_ORDER_MARK.len());
        }
    }
    let mut chart = load_files(kept, true)?;
    chart.helm3_problem = too_large;
    Ok(chart)
}

fn ignore_rules(files: &[SourceFile]) -> Result<Rules, LoadError> {
    let file = files.iter().find(|file| file.path == ".helmignore");
    Rules::parse(file.map(|file| file.content.as_slice()).unwrap_or_default()).map_err(|bad| {
        LoadError {
            path: ".helmignore".to_owned(),
            line: Some(bad.line),
            message: bad.message.to_owned(),
        }
    })
}

/// The order in which a walk through the folder meets files.
fn walk_order(left: &str, right: &str) -> Ordering {
    left.split('/').cmp(right.split('/'))
}

/// What Helm 3 says of a file that is too large for it alone.
fn check_sizes(files: &[SourceFile]) -> Result<Option<String>, LoadError> {
    let mut left = MAX_CHART_SIZE;
    for file in files {
        left = left.checked_sub(file.content.len()).ok_or_else(|| {
            let path = &file.path;
            let message = format!(
                "error reading {path}: chart exceeds maximum decompressed size of {MAX_CHART_SIZE} bytes"
            );
            failure(path, None, message)
        })?;
    }
    let large = files.iter().find(|file| file.content.len() > MAX_FILE_SIZE);
    Ok(large.map(|file| {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        format!("chart file \"{name}\" is larger than the maximum file size {MAX_FILE_SIZE}")
    }))
}

fn failure(path: &str, line: Option<u32>, message: String) -> LoadError {
    LoadError { path: path.to_owned(), line, message }
}

/// What is gathered while the files are read.
#[derive(Default)]
struct Parts {
    draft: Draft,
    has_metadata: bool,
    values: Option<Documents>,
    schema: Option<Schema>,
    templates: Vec<SourceFile>,
    files: Vec<SourceFile>,
    vendored: BTreeMap<String, Vec<SourceFile>>,
    warnings: Vec<String>,
}

fn load_files(files: Vec<SourceFile>, is_root: bool) -> Result<Chart, LoadError> {
    let mut parts = Parts::default();
    if let Some(file) = files.iter().find(|file| file.path == "Chart.yaml") {
        parts.read_metadata(file, is_root)?;
    }
    for file in files {
        parts.sort(file)?;
    }
    parts.finish()
}

impl Parts {
    fn read_metadata(&mut self, file: &SourceFile, is_root: bool) -> Result<(), LoadError> {
        let node = parse_yaml(file)?;
        decode_over(file, &node, &mut self.draft)?;
        let metadata = &mut self.draft.metadata;
        if metadata.api_version.is_empty() {
            "v1".clone_into(&mut metadata.api_version);
        }
        if is_root && !matches!(metadata.api_version.as_str(), "v1" | "v2") {
            let message = match metadata.api_version.as_str() {
                "v3" => "charts of `apiVersion: v3` are not supported yet by molave",
                _ => "unsupported chart version",
            };
            let line = line_of(&node, "apiVersion");
            return Err(failure(&file.path, line, message.to_owned()));
        }
        metadata.raw = Some(Arc::new(node));
        self.has_metadata = true;
        Ok(())
    }

    /// Puts a file where it belongs.
    fn sort(&mut self, file: SourceFile) -> Result<(), LoadError> {
        match file.path.as_str() {
            "Chart.yaml" => {}
            "Chart.lock" => drop(parse_yaml(&file)?),
            "values.yaml" => self.values = Some(document::read_both(&file.content)),
            "values.schema.json" => {
                self.schema = Some(
                    Schema::compile(&file.content).unwrap_or_else(|reason| Schema::broken(&reason)),
                );
            }
            "requirements.yaml" => {
                let node = parse_yaml(&file)?;
                self.warn_unless_v1(
                    "Warning: Dependencies are handled in Chart.yaml since apiVersion \"v2\". We \
                     recommend migrating dependencies to Chart.yaml.",
                );
                decode_over(&file, &node, &mut self.draft)?;
                self.has_metadata = true;
                self.keep_in_v1(file);
            }
            "requirements.lock" => {
                drop(parse_yaml(&file)?);
                self.warn_unless_v1(
                    "Warning: Dependency locking is handled in Chart.lock since apiVersion \"v2\". \
                     We recommend migrating to Chart.lock.",
                );
                self.keep_in_v1(file);
            }
            path if path.starts_with("templates/") => self.templates.push(file),
            path if path.starts_with("charts/") && extension(path) != Some("prov") => {
                self.vendor(file);
            }
            _ => self.files.push(file),
        }
        Ok(())
    }

    fn is_v1(&self) -> bool {
        self.draft.metadata.api_version == "v1"
    }

    fn warn_unless_v1(&mut self, warning: &str) {
        if !self.is_v1() {
            self.warnings.push(warning.to_owned());
        }
    }

    fn keep_in_v1(&mut self, file: SourceFile) {
        if self.is_v1() {
            self.files.push(file);
        }
    }

    fn vendor(&mut self, file: SourceFile) {
        let inside = file.path.strip_prefix("charts/").unwrap_or_default().to_owned();
        let name = inside.split('/').next().unwrap_or_default().to_owned();
        self.vendored.entry(name).or_default().push(SourceFile { path: inside, ..file });
    }

    fn finish(self) -> Result<Chart, LoadError> {
        let defaults = read_defaults(self.values)?;
        if !self.has_metadata {
            return Err(failure("Chart.yaml", None, "Chart.yaml file is missing".to_owned()));
        }
        let raw = self.draft.metadata.raw.clone();
        let metadata = validate(self.draft).map_err(|fault| place(fault, raw.as_deref()))?;
        let mut warnings = self.warnings;
        let dependencies = load_vendored(&metadata, self.vendored, &mut warnings)?;
        let definitions = self.files.iter().filter(|file| is_definition(&file.path)).cloned();
        Ok(Chart {
            definitions: definitions.collect(),
            metadata,
            templates: self.templates,
            values: defaults.0,
            defaults: defaults.1,
            helm3_problem: None,
            schema: self.schema,
            files: self.files,
            dependencies,
            warnings,
        })
    }
}

fn parse_yaml(file: &SourceFile) -> Result<Node, LoadError> {
    go_yaml::parse(&file.content).map_err(|error| {
        let path = &file.path;
        let message =
            format!("cannot load {path}: error converting YAML to JSON: {}", error.message);
        failure(path, error.line, message)
    })
}

fn decode_over(file: &SourceFile, node: &Node, draft: &mut Draft) -> Result<(), LoadError> {
    decode(node, &file.content, draft).map_err(|mismatch| {
        let message = format!("cannot load {}: {}", file.path, mismatch.message);
        failure(&file.path, Some(mismatch.line), message)
    })
}

/// The default values: a file that neither profile can read is an error now, one that only one of
/// them can read is an error when the other renders.
fn read_defaults(values: Option<Documents>) -> Result<(Node, Defaults), LoadError> {
    let Some(Documents { first, merged }) = values else {
        let empty = document::empty_map();
        return Ok((empty, Defaults { helm4: Ok(Vec::new()), helm3: None }));
    };
    let freeze = |node: &Node| match Frozen::new(node) {
        Frozen::Table(entries) => entries,
        _ => Vec::new(),
    };
    let node = match (&first, &merged) {
        (_, Some(Ok(only))) | (Ok(only), None | Some(Err(_))) => only.clone(),
        (Err(_), Some(Err(error))) => return Err(values_failure(error)),
        (Err(error), None) => {
            let message = format!("cannot unmarshal yaml document: {}", error.message);
            return Err(values_failure(&crate::values::ValuesError { message, ..error.clone() }));
        }
    };
    let first = first.as_ref().map(freeze).map_err(Clone::clone);
    let defaults = match merged {
        None => Defaults { helm4: first, helm3: None },
        Some(merged) => Defaults {
            helm4: merged.as_ref().map(freeze).map_err(Clone::clone),
            helm3: Some(first),
        },
    };
    Ok((node, defaults))
}

fn values_failure(error: &crate::values::ValuesError) -> LoadError {
    failure("values.yaml", error.line, format!("cannot load values.yaml: {}", error.message))
}

fn place(fault: Invalid, raw: Option<&Node>) -> LoadError {
    let line = raw.and_then(|node| line_of(node, fault.field));
    failure("Chart.yaml", line, fault.message)
}

/// The line of a key at the top of a file, in any case.
fn line_of(node: &Node, key: &str) -> Option<u32> {
    let Data::Map(mapping) = &node.data else { return None };
    let found = mapping.iter().find(|(name, _)| name.eq_ignore_ascii_case(key))?;
    Some(found.1.key_position.line)
}

fn load_vendored(
    parent: &Metadata,
    vendored: BTreeMap<String, Vec<SourceFile>>,
    warnings: &mut Vec<String>,
) -> Result<Vec<Chart>, LoadError> {
    let mut charts = Vec::new();
    for (folder, files) in vendored {
        if folder.starts_with(['_', '.']) {
            continue;
        }
        let chart = load_one_vendored(&folder, files).map_err(|error| LoadError {
            path: format!("charts/{}", error.path),
            line: error.line,
            message: format!(
                "error unpacking subchart {folder} in {}: {}",
                parent.name, error.message
            ),
        })?;
        warnings.extend(chart.warnings.iter().cloned());
        charts.push(chart);
    }
    Ok(charts)
}

fn load_one_vendored(folder: &str, files: Vec<SourceFile>) -> Result<Chart, LoadError> {
    if extension(folder) == Some("tgz") {
        let message = format!(
            "sub-charts in archives are not supported yet by molave; unpack it: \
             `tar -xzf charts/{folder} -C charts && rm charts/{folder}`"
        );
        return Err(failure(folder, None, message));
    }
    let inner = files.into_iter().filter_map(|file| {
        let path = file.path.split_once('/')?.1.to_owned();
        Some(SourceFile { path, ..file })
    });
    load_files(inner.collect(), false)
        .map_err(|error| LoadError { path: format!("{folder}/{}", error.path), ..error })
}

fn is_definition(path: &str) -> bool {
    path.starts_with("crds/")
        && extension(path).is_some_and(|extension| {
            ["yaml", "yml", "json"].iter().any(|wanted| extension.eq_ignore_ascii_case(wanted))
        })
}

/// What follows the last dot of the last name.
fn extension(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next()?;
    Some(name.rsplit_once('.')?.1)
}
