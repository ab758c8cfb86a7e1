//! `.Files`: the files of a chart that are not templates.

use super::glob::Glob;
use crate::chart::Chart;
use crate::engine::encoding;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gotemplate::{Failure, Map, Method, Object, Parameter, Text, Value};
use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

type Table = BTreeMap<String, Text>;

/// The files of a chart and its vendored sub-charts, copied once and shared by all renders.
#[derive(Debug)]
pub(crate) struct FileTree {
    files: Arc<Table>,
    dependencies: Vec<Self>,
}

impl FileTree {
    /// The tables of a whole chart.
    pub(crate) fn new(chart: &Chart) -> Self {
        let files = chart
            .files
            .iter()
            .map(|file| (file.path.clone(), Text::from(file.content.as_slice())))
            .collect();
        let dependencies = chart.dependencies.iter().map(Self::new).collect();
        Self { files: Arc::new(files), dependencies }
    }

    /// The tables of `target`, a chart somewhere in the tree of `chart`, which this tree is of.
    pub(crate) fn find(&self, chart: &Chart, target: &Chart) -> Option<&Self> {
        if std::ptr::eq(chart, target) {
            return Some(self);
        }
        let below = chart.dependencies.iter().zip(&self.dependencies);
        below.into_iter().find_map(|(chart, tree)| tree.find(chart, target))
    }

    /// The content of a file of the chart itself.
    pub(crate) fn content(&self, path: &str) -> Option<&Text> {
        self.files.get(path)
    }
}

/// `.Files` of a chart.
pub(crate) fn files(tree: Option<&FileTree>) -> Value {
    let table = tree.map(|tree| Arc::clone(&tree.files)).unwrap_or_default();
    Value::Object(Rc::new(Files { table }))
}

struct Files {
    table: Arc<Table>,
}

const ONE_STRING: Method = Method { parameters: &[Parameter::String], variadic: None };
const NO_PARAMETERS: Method = Method { parameters: &[], variadic: None };

impl Object for Files {
    fn type_name(&self) -> &'static str {
        "engine.files"
    }

    fn kind_name(&self) -> &'static str {
        "map"
    }

    fn method(&self, name: &str) -> Option<Method> {
        match name {
            "Get" | "GetBytes" | "Glob" | "Lines" => Some(ONE_STRING),
            "AsConfig" | "AsSecrets" => Some(NO_PARAMETERS),
            _ => None,
        }
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Result<Value, Failure> {
        let argument = match arguments.first() {
            Some(Value::String(text)) => text.clone(),
            _ => Text::default(),
        };
        match name {
            "Get" => Ok(Value::String(self.get(&argument))),
            "GetBytes" => Ok(Value::Bytes(self.get(&argument))),
            "Glob" => self.glob(&argument),
            "Lines" => Ok(self.lines(&argument)),
            "AsConfig" => Ok(self.encode_contents(|content| Value::String(content.clone()))),
            "AsSecrets" => Ok(self.encode_contents(|content| STANDARD.encode(content).into())),
            _ => Err(Failure::Message(format!("engine.files has no method {name}"))),
        }
    }

    /// A glob is compiled and held against every file; the others go through the contents.
    fn steps(&self, name: &str) -> u64 {
        let files = self.table.iter();
        match name {
            "Glob" => 1000 + 4 * files.count() as u64,
            "AsConfig" | "AsSecrets" | "Lines" => {
                files.map(|(_, content)| 4 + content.len() as u64 / 16).sum()
            }
            _ => 0,
        }
    }

    fn field(&self, name: &str) -> Option<Value> {
        Some(Value::Bytes(self.get(name.as_bytes())))
    }

    fn entries(&self) -> Option<Vec<(Value, Value)>> {
        let entries = self.table.iter();
        Some(
            entries
                .map(|(path, content)| (path.as_str().into(), Value::Bytes(content.clone())))
                .collect(),
        )
    }

    fn print(&self) -> String {
        let entries = self.table.iter().map(|(path, content)| {
            let numbers: Vec<String> = content.iter().map(u8::to_string).collect();
            format!("{path}:[{}]", numbers.join(" "))
        });
        format!("map[{}]", entries.collect::<Vec<_>>().join(" "))
    }

    fn encode(&self) -> Option<Value> {
        let map = Map::default();
        for (path, content) in self.table.iter() {
            map.insert(Text::from(path.as_str()), Value::Bytes(content.clone()));
        }
        Some(Value::Map(map))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Files {
    fn get(&self, path: &[u8]) -> Text {
        let path = std::str::from_utf8(path).ok();
        path.and_then(|path| self.table.get(path)).cloned().unwrap_or_default()
    }

    /// A pattern that Helm's glob library rejects matches everything.
    fn glob(&self, pattern: &[u8]) -> Result<Value, Failure> {
        let glob = Glob::compile(pattern)?;
        let matching = self.table.iter().filter(|(path, _)| glob.is_match(path));
        let table = matching.map(|(path, content)| (path.clone(), content.clone())).collect();
        Ok(Value::Object(Rc::new(Self { table: Arc::new(table) })))
    }

    fn lines(&self, path: &[u8]) -> Value {
        let content = self.get(path);
        if content.is_empty() {
            return Value::strings(Vec::<Text>::new());
        }
        let text = content.strip_suffix(b"\n").unwrap_or(&content);
        Value::strings(text.split(|byte| *byte == b'\n'))
    }

    /// YAML of the contents by base name. Of files with one base name the last path wins, where
    /// Helm leaves the choice to chance.
    fn encode_contents(&self, encode: impl Fn(&Text) -> Value) -> Value {
        let map = Map::default();
        for (path, content) in self.table.iter() {
            let base = path.rsplit('/').next().unwrap_or_default();
            map.insert(Text::from(base), encode(content));
        }
        Value::String(encoding::to_yaml(&Value::Map(map)).unwrap_or_default().into())
    }
}
