//! From the files of a folder or an archive to a [`Chart`].
//!
//! Owns what each file is for, the limits of folders, and the nesting of sub-charts. How archives
//! are unpacked is `archive`'s.

use super::archive::{self, Allowance, Broken, MAX_CHART_SIZE, MAX_FILE_SIZE};
use super::decode::{Draft, decode};
use super::ignore::Rules;
use super::metadata::Metadata;
use super::validate::{Invalid, validate};
use super::{Chart, Defaults, LoadError, SourceFile, Sources};
use crate::profile::Profile;
use crate::values::Schema;
use crate::values::document::{self, Documents};
use crate::values::frozen::Frozen;
use go_yaml::{Data, Node};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Sub-charts deeper than this are refused. Helm has no such limit.
const MAX_DEPTH: usize = 50;

/// What one chart and its sub-charts are loaded with.
struct Loader {
    profile: Profile,
    allowance: Allowance,
    /// How many charts the one being loaded is inside of.
    depth: usize,
}

impl Loader {
    fn new(profile: Profile) -> Self {
        Self { profile, allowance: Allowance::default(), depth: 0 }
    }
}

/// Loads the chart of a folder.
pub(super) fn load_folder(files: Vec<SourceFile>, profile: Profile) -> Result<Chart, LoadError> {
    let rules = ignore_rules(&files)?;
    let mut kept: Vec<_> = files.into_iter().filter(|file| !rules.ignore(&file.path)).collect();
    kept.sort_by(|left, right| walk_order(&left.path, &right.path));
    let too_large = check_sizes(&kept)?;
    for file in &mut kept {
        file.strip_mark();
    }
    let mut chart = load_files(kept, &mut Loader::new(profile))?;
    chart.helm3_problem = too_large;
    Ok(chart)
}

/// Loads a packed chart. `name` is how messages call the file.
pub(super) fn load_archive(
    name: &str,
    content: &[u8],
    profile: Profile,
) -> Result<Chart, LoadError> {
    check_packed(name, content)?;
    let mut loader = Loader::new(profile);
    let files = archive::unpack(content, profile, &loader.allowance)
        .map_err(|broken| not_unpacked(name, broken, profile))?;
    let has_metadata = files.iter().any(|file| file.path == "Chart.yaml");
    if profile == Profile::Helm4 && !has_metadata {
        let message = "unable to detect chart version, no Chart.yaml found";
        return Err(failure("Chart.yaml", None, message.to_owned()));
    }
    load_files(files, &mut loader).map_err(|error| {
        // Helm 4 takes a sub-chart's broken header for that of the chart itself.
        if profile == Profile::Helm4 && error.message.ends_with(archive::NO_HEADER) {
            LoadError { message: no_chart_file(name, &error.message), ..error }
        } else {
            error
        }
    })
}

/// Helm looks at a file before it unpacks it, to say what else it may be.
fn check_packed(name: &str, content: &[u8]) -> Result<(), LoadError> {
    if archive::is_gzip(content) {
        return Ok(());
    }
    let has_extension = |wanted| extension(name) == Some(wanted);
    let message = if has_extension("yml") || has_extension("yaml") {
        format!("file '{name}' seems to be a YAML file, but expected a gzipped archive")
    } else {
        let kind = archive::content_type(content);
        format!("file '{name}' does not appear to be a gzipped archive; got '{kind}'")
    };
    Err(failure("", None, message))
}

/// Helm 4 keeps to itself why an archive is broken.
fn not_unpacked(name: &str, broken: Broken, profile: Profile) -> LoadError {
    let details = broken.message.clone();
    let message = if broken.has_no_header() {
        no_chart_file(name, &details)
    } else if profile == Profile::Helm4 {
        "unable to load chart archive".to_owned()
    } else {
        details
    };
    LoadError { reason: Some(broken.message), ..failure("", None, message) }
}

fn no_chart_file(name: &str, details: &str) -> String {
    format!("file '{name}' does not appear to be a valid chart file (details: {details})")
}

fn ignore_rules(files: &[SourceFile]) -> Result<Rules, LoadError> {
    let file = files.iter().find(|file| file.path == ".helmignore");
    Rules::parse(file.map(|file| file.content.as_slice()).unwrap_or_default()).map_err(|bad| {
        LoadError {
            path: ".helmignore".to_owned(),
            line: Some(bad.line),
            message: bad.message.to_owned(),
            reason: None,
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
        left = left.checked_sub(file.content.len() as u64).ok_or_else(|| {
            let path = &file.path;
            let message = format!(
                "error reading {path}: chart exceeds maximum decompressed size of {MAX_CHART_SIZE} bytes"
            );
            failure(path, None, message)
        })?;
    }
    let large = files.iter().find(|file| file.content.len() as u64 > MAX_FILE_SIZE);
    Ok(large.map(|file| {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        format!("chart file \"{name}\" is larger than the maximum file size {MAX_FILE_SIZE}")
    }))
}

fn failure(path: &str, line: Option<u32>, message: String) -> LoadError {
    LoadError { path: path.to_owned(), line, message, reason: None }
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
    sources: Sources,
}

fn load_files(files: Vec<SourceFile>, loader: &mut Loader) -> Result<Chart, LoadError> {
    let mut parts = Parts::default();
    // An archive may hold several; each is decoded over the one before.
    for file in files.iter().filter(|file| file.path == "Chart.yaml") {
        parts.read_metadata(file, loader)?;
    }
    for file in files {
        parts.sort(file)?;
    }
    parts.finish(loader)
}

impl Parts {
    fn read_metadata(&mut self, file: &SourceFile, loader: &Loader) -> Result<(), LoadError> {
        let node = parse_yaml(file)?;
        decode_over(file, &node, &mut self.draft)?;
        let metadata = &mut self.draft.metadata;
        if metadata.api_version.is_empty() {
            "v1".clone_into(&mut metadata.api_version);
        }
        let is_known = matches!(metadata.api_version.as_str(), "v1" | "v2" | "v3");
        if !is_known && loader.depth == 0 && loader.profile == Profile::Helm4 {
            let line = line_of(&node, "apiVersion");
            return Err(failure(&file.path, line, "unsupported chart version".to_owned()));
        }
        metadata.raw = Some(Arc::new(node));
        self.has_metadata = true;
        Ok(())
    }

    /// Puts a file where it belongs.
    fn sort(&mut self, file: SourceFile) -> Result<(), LoadError> {
        match file.path.as_str() {
            "Chart.yaml" => {}
            "Chart.lock" => {
                drop(parse_yaml(&file)?);
                self.sources.lock = Some(file.content);
            }
            "values.yaml" => {
                self.values = Some(document::read_both(&file.content));
                self.sources.values = Some(file.content);
            }
            "values.schema.json" => {
                self.schema = Some(
                    Schema::compile(&file.content).unwrap_or_else(|reason| Schema::broken(&reason)),
                );
                self.sources.schema = Some(file.content);
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
        let mut file = file;
        drop(file.path.drain(.."charts/".len()));
        let name = file.path.split('/').next().unwrap_or_default().to_owned();
        self.vendored.entry(name).or_default().push(file);
    }

    fn finish(self, loader: &mut Loader) -> Result<Chart, LoadError> {
        let defaults = read_defaults(self.values)?;
        if !self.has_metadata {
            return Err(no_metadata());
        }
        let raw = self.draft.metadata.raw.clone();
        let metadata = validate(self.draft).map_err(|fault| place(fault, raw.as_deref()))?;
        let mut warnings = self.warnings;
        let dependencies = load_vendored(&metadata, self.vendored, &mut warnings, loader)?;
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
            sources: self.sources,
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
    loader: &mut Loader,
) -> Result<Vec<Chart>, LoadError> {
    let mut charts = Vec::new();
    for (name, files) in vendored {
        if name.starts_with(['_', '.']) {
            continue;
        }
        loader.depth += 1;
        let chart = load_one_vendored(parent, &name, files, loader)?;
        loader.depth -= 1;
        warnings.extend(chart.warnings.iter().cloned());
        charts.push(chart);
    }
    Ok(charts)
}

fn load_one_vendored(
    parent: &Metadata,
    name: &str,
    files: Vec<SourceFile>,
    loader: &mut Loader,
) -> Result<Chart, LoadError> {
    let parent = &parent.name;
    let place = |error: LoadError| LoadError {
        path: format!(
            "charts/{name}{}{}",
            if error.path.is_empty() { "" } else { "/" },
            error.path
        ),
        message: format!("error unpacking subchart {name} in {parent}: {}", error.message),
        ..error
    };
    if loader.depth > MAX_DEPTH {
        let message = format!("sub-charts are nested more than {MAX_DEPTH} deep");
        return Err(place(failure("", None, message)));
    }
    if extension(name) != Some("tgz") {
        return load_files(below_first_folder(files), loader).map_err(place);
    }
    let Some(file) = files.into_iter().next() else { return Err(place(no_metadata())) };
    if file.path != name {
        let message =
            format!("error unpacking subchart tar in {parent}: expected {name}, got {}", file.path);
        return Err(failure(&format!("charts/{}", file.path), None, message));
    }
    let files = archive::unpack(&file.content, loader.profile, &loader.allowance)
        .map_err(|broken| place(failure("", None, broken.message)))?;
    // The packed bytes are of no use any more.
    drop(file);
    load_files(files, loader).map_err(place)
}

/// The files of a folder with their paths in it; a file beside it is none.
fn below_first_folder(files: Vec<SourceFile>) -> Vec<SourceFile> {
    let inner = files.into_iter().filter_map(|mut file| {
        let slash = file.path.find('/')?;
        drop(file.path.drain(..=slash));
        Some(file)
    });
    inner.collect()
}

fn no_metadata() -> LoadError {
    failure("Chart.yaml", None, "Chart.yaml file is missing".to_owned())
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
