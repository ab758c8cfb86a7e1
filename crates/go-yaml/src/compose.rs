//! From documents to values: go-yaml's decoder into untyped values, and the step through JSON of
//! sigs.k8s.io/yaml (keys to strings, no infinities). It does not know libyaml.

use crate::document::{Content, DEPTH_LIMIT, Document, Part};
use crate::error::Error;
use crate::event::Scalar;
use crate::node::{Data, Entry, Mapping, Node, Position, Text};
use crate::number::{float_key, whole_digits};
use crate::resolve::{Value, resolve};
use crate::syntax::go_syntax;

/// How many bytes of text aliases may copy. Go shares them, here they are owned.
const ALIASED_BYTES_LIMIT: usize = 64 << 20;

/// Decodes a document. An empty one is `null`.
pub(crate) fn compose(document: &Document) -> Result<Node, Error> {
    let Some(root) = document.nodes.first() else {
        return Ok(Node { position: Position { line: 1, column: 1 }, data: Data::Null });
    };
    let mut composer = Composer::new(document);
    let node = composer.node(root, 0)?;
    composer.key_error.map_or(Ok(()), Err)?;
    if composer.not_finite {
        check_finite(&node)?;
    }
    Ok(node)
}

struct Composer<'document> {
    document: &'document Document,
    /// Aliases that are being followed, by the place of the target and the alias itself.
    following: Vec<*const Part>,
    decoded: u64,
    aliased: u64,
    aliased_bytes: usize,
    /// The first key that JSON cannot hold. Go converts keys only after all is decoded.
    key_error: Option<Error>,
    not_finite: bool,
}

impl<'document> Composer<'document> {
    fn new(document: &'document Document) -> Self {
        Self {
            document,
            following: Vec::new(),
            decoded: 0,
            aliased: 0,
            aliased_bytes: 0,
            key_error: None,
            not_finite: false,
        }
    }

    fn part(&self, place: usize) -> Result<&'document Part, Error> {
        self.document.nodes.get(place).ok_or_else(|| Error::yaml("corrupted document"))
    }

    fn node(&mut self, part: &'document Part, depth: usize) -> Result<Node, Error> {
        self.count(depth)?;
        let data = match &part.content {
            Content::Scalar(scalar) => self.scalar(scalar)?,
            Content::Sequence(items) => self.list(items, depth)?,
            Content::Mapping(entries) => {
                let mut map = Mapping::with_capacity_and_hasher(entries.len() / 2, <_>::default());
                self.fill(&mut map, entries, depth)?;
                Data::Map(Box::new(map))
            }
            Content::Alias { target, .. } => {
                self.enter(part)?;
                let node = self.node(self.part(*target)?, depth + 1)?;
                self.following.pop();
                node.data
            }
        };
        Ok(Node { position: part.position, data })
    }

    /// Go-yaml's guard against documents that aliases blow up: the share of decoded nodes that
    /// come from aliases may be 99 % up to 400,000, falling to 10 % at 4,000,000.
    fn count(&mut self, depth: usize) -> Result<(), Error> {
        if depth > DEPTH_LIMIT {
            return Err(Error::yaml(format_args!("exceeded max depth of {DEPTH_LIMIT}")));
        }
        self.decoded += 1;
        if !self.following.is_empty() {
            self.aliased += 1;
        }
        if self.aliased > 100 && self.decoded > 1000 && self.share() > allowed_share(self.decoded) {
            return Err(excessive_aliasing());
        }
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
    fn share(&self) -> f64 {
        self.aliased as f64 / self.decoded as f64
    }

    fn enter(&mut self, alias: &'document Part) -> Result<(), Error> {
        let address = std::ptr::from_ref(alias);
        if self.following.contains(&address) {
            let name = alias.name();
            return Err(Error::yaml(format_args!("anchor '{name}' value contains itself")));
        }
        self.following.push(address);
        Ok(())
    }

    fn scalar(&mut self, scalar: &'document Scalar) -> Result<Data, Error> {
        let value = self.document.value(scalar);
        if !self.following.is_empty() {
            self.aliased_bytes = self.aliased_bytes.saturating_add(value.len());
            if self.aliased_bytes > ALIASED_BYTES_LIMIT {
                return Err(excessive_aliasing());
            }
        }
        let data = match resolve(scalar, value)? {
            Value::Null => Data::Null,
            Value::Bool(value) => Data::Bool(value),
            Value::Int(value) => Data::Int(value),
            Value::Uint(value) => Data::Uint(value),
            Value::Float(value) => through_json(value),
            Value::String(value) => Data::String(value.into()),
            Value::Timestamp(value) => Data::String(value.into()),
        };
        self.not_finite |= matches!(data, Data::Float(value) if !value.is_finite());
        Ok(data)
    }

    fn list(&mut self, items: &[usize], depth: usize) -> Result<Data, Error> {
        let mut list = Vec::with_capacity(items.len());
        for item in items {
            list.push(self.node(self.part(*item)?, depth + 1)?);
        }
        Ok(Data::List(list))
    }

    fn fill(&mut self, map: &mut Mapping, entries: &[usize], depth: usize) -> Result<(), Error> {
        for entry in entries.chunks_exact(2) {
            let &[key, value] = entry else { continue };
            let (key, value) = (self.part(key)?, self.part(value)?);
            if is_merge(self.document, key) {
                self.merge(map, value, depth)?;
                continue;
            }
            let name = self.key(key, value, depth)?;
            let value = self.node(value, depth + 1)?;
            map.insert(name, Entry { key_position: key.position, value });
        }
        Ok(())
    }

    /// Puts the entries of `<<` in, over those that are there already, as go-yaml v2 does.
    fn merge(
        &mut self,
        map: &mut Mapping,
        value: &'document Part,
        depth: usize,
    ) -> Result<(), Error> {
        let Content::Sequence(items) = &value.content else {
            return self.merge_one(map, value, depth);
        };
        // From the last to the first, since the first shall win.
        for item in items.iter().rev() {
            self.merge_one(map, self.part(*item)?, depth)?;
        }
        Ok(())
    }

    fn merge_one(
        &mut self,
        map: &mut Mapping,
        part: &'document Part,
        depth: usize,
    ) -> Result<(), Error> {
        let (alias, target) = match &part.content {
            Content::Alias { target, .. } => (Some(part), self.part(*target)?),
            _ => (None, part),
        };
        let Content::Mapping(entries) = &target.content else {
            return Err(Error::yaml("map merge requires map or sequence of maps as the value"));
        };
        self.count(depth + 1)?;
        if let Some(alias) = alias {
            self.enter(alias)?;
            self.count(depth + 1)?;
        }
        self.fill(map, entries, depth + 1)?;
        if alias.is_some() {
            self.following.pop();
        }
        Ok(())
    }

    /// A key as text. What JSON refuses as a key is noted and gets a stand-in.
    fn key(
        &mut self,
        key: &'document Part,
        value: &'document Part,
        depth: usize,
    ) -> Result<Text, Error> {
        self.count(depth + 1)?;
        let scalar = match &key.content {
            Content::Scalar(scalar) => scalar,
            Content::Alias { target, .. } => {
                self.enter(key)?;
                let name = self.key(self.part(*target)?, value, depth + 1)?;
                self.following.pop();
                return Ok(name);
            }
            Content::Sequence(_) | Content::Mapping(_) => {
                // Whatever is wrong inside is reported first.
                self.node(key, depth + 1)?;
                let shown = go_syntax(self.document, key);
                return Err(Error::yaml(format_args!("invalid map key: {shown}")));
            }
        };
        let kind = match resolve(scalar, self.document.value(scalar))? {
            Value::Null => "%!s(<nil>)",
            Value::Bool(truth) => return Ok(if truth { "true" } else { "false" }.into()),
            Value::Int(number) => return Ok(number.to_string().into()),
            Value::Uint(_) => "uint64",
            Value::Float(number) => return Ok(float_key(number).into()),
            Value::String(text) => return Ok(text.into()),
            Value::Timestamp(text) => return Ok(text.into()),
        };
        if self.key_error.is_none() {
            let (key, value) = (go_syntax(self.document, key), go_syntax(self.document, value));
            self.key_error = Some(Error::json(format!(
                "unsupported map key of type: {kind}, key: {key}, value: {value}"
            )));
        }
        Ok(Text::default())
    }
}

impl Part {
    fn name(&self) -> &str {
        match &self.content {
            Content::Alias { name, .. } => name,
            _ => "",
        }
    }
}

pub(crate) fn is_merge(document: &Document, key: &Part) -> bool {
    match &key.content {
        Content::Scalar(scalar) => {
            document.value(scalar) == "<<"
                && (scalar.implicit || scalar.tag.as_deref() == Some("tag:yaml.org,2002:merge"))
        }
        _ => false,
    }
}

fn allowed_share(decoded: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
    let decoded = decoded as f64;
    (0.99 - 0.89 * (decoded - 400_000.0) / 3_600_000.0).clamp(0.10, 0.99)
}

fn excessive_aliasing() -> Error {
    Error::yaml("document contains excessive aliasing")
}

/// JSON writes a whole number below 1e21 without a point, and who reads that sees an integer.
fn through_json(value: f64) -> Data {
    let whole = value.fract() == 0.0 && value.abs() < 1e21;
    if !whole || (value == 0.0 && value.is_sign_negative()) {
        return Data::Float(value);
    }
    let text = whole_digits(value);
    let integer = text.parse().map(Data::Int).or_else(|_| text.parse().map(Data::Uint));
    integer.unwrap_or(Data::Float(value))
}

/// JSON has no infinities. Go finds the first one in the order of sorted keys.
fn check_finite(node: &Node) -> Result<(), Error> {
    match &node.data {
        Data::Float(value) if !value.is_finite() => {
            let name = match value {
                value if value.is_nan() => "NaN",
                value if *value > 0.0 => "+Inf",
                _ => "-Inf",
            };
            Err(Error::json(format!("json: unsupported value: {name}")))
        }
        Data::List(items) => items.iter().try_for_each(check_finite),
        Data::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by(|left, right| left.0.cmp(right.0));
            entries.into_iter().try_for_each(|(_, entry)| check_finite(&entry.value))
        }
        _ => Ok(()),
    }
}
