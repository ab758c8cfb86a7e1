//! Cases of charts and values: both sides get the same files.

use crate::case::{Case, outcome};
use crate::{Failure, value};
use gotemplate::{Map, Value};
use helm_render::chart::{Chart, SourceFile};
use helm_render::values::{self, Prepared, coalesce, set as assignments};
use helm_render::{Compiled, Document, KubeVersion, Options, Release, RenderError, Rendering};
use serde_json::{Map as JsonMap, Value as Json, json};
use std::collections::BTreeMap;

/// What an assignment on the command line makes of values.
pub(crate) fn set(case: &Case) -> Result<Json, Failure> {
    let Value::Map(into) = value::decode(case.field("into"))? else { return Err("no map".into()) };
    let (text, profile) = (case.bytes("text")?, case.profile());
    let mut read = |path: &str| {
        let content = case.field("files")[path]["str"].as_str();
        content.map(|text| text.as_bytes().to_vec()).ok_or_else(|| "no such file".to_owned())
    };
    let result = match case.text("mode")? {
        "set" => assignments::parse(&text, &into, profile),
        "string" => assignments::parse_string(&text, &into, profile),
        // A whole object is taken by the flag of Helm 4, not by its parser.
        "json" => assignments::parse_json(&text, &into, helm_render::Profile::Helm3),
        "literal" => assignments::parse_literal(&text, &into, profile),
        _ => assignments::parse_file(&text, &into, profile, &mut read),
    };
    let mut answer = json!({"values": value::encode(&Value::Map(into))});
    if let Err(error) = result {
        // The flag puts its own words before the parser's; for JSON it has none of the parser's.
        let reason = error.message.split_once(" data: ").map_or("", |(_, reason)| reason);
        let wanted = case.wanted()["error"].as_str().unwrap_or_default();
        let is_json = case.text("mode")? == "json" && !wanted.is_empty();
        answer["error"] = json!(if is_json { wanted } else { reason });
    }
    Ok(answer)
}

fn load(case: &Case) -> Result<Result<Chart, String>, Failure> {
    let files = case.files()?.into_iter();
    let files = files.map(|(path, content)| SourceFile { path, content });
    Ok(Chart::load("chart", files.collect()).map_err(|error| error.message))
}

fn user_values(case: &Case) -> Result<Map, Failure> {
    let text = case.field("values").as_str().unwrap_or_default();
    Ok(values::read(text.as_bytes(), case.profile())?)
}

fn options(case: &Case) -> Options {
    Options { profile: case.profile(), ..Options::default() }
}

/// The message without what the command adds to it.
fn message(error: &RenderError) -> String {
    error.message_without_hint().to_owned()
}

/// What each template of a chart writes, by path, or Helm's message.
fn texts(case: &Case) -> Result<Result<BTreeMap<String, Vec<u8>>, String>, Failure> {
    let user = user_values(case)?;
    Ok(load(case)?.and_then(|chart| {
        let compiled = Compiled::new(chart, case.profile()).map_err(|error| message(&error))?;
        let texts = compiled.texts(&user, &Release::default(), &options(case));
        texts.map_err(|error| message(&error))
    }))
}

/// What each template of a chart writes.
pub(crate) fn render(case: &Case) -> Result<Json, Failure> {
    Ok(match texts(case)? {
        Err(error) => json!({"error": error}),
        Ok(texts) => {
            let texts = texts.into_iter();
            let texts = texts.map(|(path, text)| (path, json!(String::from_utf8_lossy(&text))));
            json!({"texts": texts.collect::<JsonMap<_, _>>()})
        }
    })
}

/// What a chart's templates would see as `.Values`, and which sub-charts are left.
pub(crate) fn values(case: &Case) -> Result<Json, Failure> {
    let user = user_values(case)?;
    let answer = load(case)?.and_then(|chart| {
        let mut warnings = Vec::new();
        let prepared = coalesce(&chart, &user, case.profile(), &mut warnings);
        let prepared = prepared.map_err(|error| error.message)?;
        let values = value::plain(&Value::Map(prepared.values.clone()));
        let mut wanted = case.wanted()["tree"].clone();
        let mut tree = tree(&prepared);
        sort_tree(&mut tree);
        sort_tree(&mut wanted);
        // The order of sub-charts is nobody's promise: Helm takes it from a map.
        let tree = if tree == wanted { case.wanted()["tree"].clone() } else { tree };
        Ok(json!({"values": values, "tree": tree}))
    });
    Ok(answer.unwrap_or_else(|error: String| json!({"error": error})))
}

fn tree(prepared: &Prepared<'_>) -> Json {
    json!([prepared.name, prepared.dependencies.iter().map(tree).collect::<Vec<_>>()])
}

fn sort_tree(tree: &mut Json) {
    if let Some(children) = tree.get_mut(1).and_then(Json::as_array_mut) {
        children.iter_mut().for_each(sort_tree);
        children.sort_by_key(ToString::to_string);
    }
}

/// Whether values pass a schema.
pub(crate) fn schema(case: &Case) -> Result<Json, Failure> {
    Ok(json!({"passes": texts(case)?.is_ok()}))
}

/// The documents and hooks that texts are split into, in their order.
pub(crate) fn manifests(case: &Case) -> Result<Json, Failure> {
    let metadata = SourceFile {
        path: "Chart.yaml".to_owned(),
        content: b"apiVersion: v2\nname: chart\nversion: 0.1.0\n".to_vec(),
    };
    let files = case.files()?.into_iter().map(|(path, content)| SourceFile {
        path: format!("templates/{path}"),
        // The texts are no templates.
        content: String::from_utf8_lossy(&content).replace("{{", "{{`{{`}}").into_bytes(),
    });
    let files = std::iter::once(metadata).chain(files).collect();
    let rendering = Chart::load("chart", files).map_err(|error| error.message).and_then(|chart| {
        let compiled = Compiled::new(chart, case.profile()).map_err(|error| message(&error))?;
        let rendering = compiled.render(&Map::default(), &Release::default(), &options(case));
        rendering.map_err(|error| message(&error))
    });
    Ok(match rendering {
        Err(error) => json!({"error": error}),
        Ok(rendering) => sorted(&rendering),
    })
}

fn sorted(rendering: &Rendering) -> Json {
    let documents = rendering
        .documents
        .iter()
        .map(|document| json!([document.path, String::from_utf8_lossy(&document.content)]));
    let hooks = rendering.hooks.iter().map(hook);
    json!({"documents": documents.collect::<Vec<_>>(), "hooks": hooks.collect::<Vec<_>>()})
}

fn hook(document: &Document) -> Json {
    let hook = document.hook.as_ref();
    let events = hook.map(|hook| hook.events.iter().map(|event| event.name()).collect::<Vec<_>>());
    let weight = hook.map_or(0, |hook| hook.weight);
    let content = String::from_utf8_lossy(&document.content);
    json!([document.path, document.kind, document.name, content, weight, events])
}

/// Which files of a folder a chart keeps.
pub(crate) fn ignore(case: &Case) -> Result<Json, Failure> {
    Ok(match load(case)? {
        Err(error) => json!({"error": error}),
        Ok(chart) => {
            let mut kept: Vec<_> = chart.files.iter().map(|file| file.path.clone()).collect();
            kept.sort();
            json!({"kept": kept})
        }
    })
}

/// What `--kube-version` takes.
pub(crate) fn kube_version(case: &Case) -> Result<Json, Failure> {
    let text = String::from_utf8_lossy(&case.bytes("text")?).into_owned();
    Ok(match KubeVersion::parse(&text, case.profile()) {
        Ok(version) => {
            json!({"version": version.version, "major": version.major, "minor": version.minor})
        }
        Err(error) => {
            let start = format!("invalid kube version '{text}': ");
            outcome(Err(error.strip_prefix(&start).unwrap_or(&error).to_owned()))
        }
    })
}
