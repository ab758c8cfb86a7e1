//! `.Chart`: a map of Go's field names in Helm 4, a struct in Helm 3.

use super::record::{Field, Record};
use crate::chart::{Dependency, Maintainer, Metadata};
use crate::profile::Profile;
use crate::values::from_yaml;
use gotemplate::{Element, List, Map, MapType, Text, Value};
use std::rc::Rc;

/// `.Chart`
pub(crate) fn chart(metadata: &Metadata, is_root: bool, profile: Profile) -> Value {
    let mut fields = fields(metadata, profile);
    fields.push(Field::required("IsRoot", "IsRoot", Value::Bool(is_root)));
    build(("struct { chart.Metadata; IsRoot bool }", "struct"), fields, Some("Metadata"), profile)
}

/// What `Chart.yaml` holds, as the struct that Helm writes it from.
pub(crate) fn metadata(metadata: &Metadata) -> Value {
    let fields = fields(metadata, Profile::Helm3);
    build(("*chart.Metadata", "ptr"), fields, None, Profile::Helm3)
}

fn fields(metadata: &Metadata, profile: Profile) -> Vec<Field> {
    let maintainers = metadata.maintainers.iter().map(|one| maintainer(one, profile)).collect();
    let dependencies = metadata.dependencies.iter().map(|one| dependency(one, profile)).collect();
    vec![
        text("Name", "name", &metadata.name),
        text("Home", "home", &metadata.home),
        Field::optional("Sources", "sources", strings(&metadata.sources, profile)),
        text("Version", "version", &metadata.version),
        text("Description", "description", &metadata.description),
        Field::optional("Keywords", "keywords", strings(&metadata.keywords, profile)),
        Field::optional("Maintainers", "maintainers", list(maintainers, profile)),
        text("Icon", "icon", &metadata.icon),
        text("APIVersion", "apiVersion", &metadata.api_version),
        text("Condition", "condition", &metadata.condition),
        text("Tags", "tags", &metadata.tags),
        text("AppVersion", "appVersion", &metadata.app_version),
        Field::optional("Deprecated", "deprecated", Value::Bool(metadata.deprecated)),
        Field::optional("Annotations", "annotations", annotations(metadata)),
        text("KubeVersion", "kubeVersion", &metadata.kube_version),
        Field::optional("Dependencies", "dependencies", list(dependencies, profile)),
        text("Type", "type", &metadata.chart_type),
    ]
}

fn maintainer(maintainer: &Maintainer, profile: Profile) -> Value {
    let fields = vec![
        text("Name", "name", &maintainer.name),
        text("Email", "email", &maintainer.email),
        text("URL", "url", &maintainer.url),
    ];
    build(("*chart.Maintainer", "ptr"), fields, None, profile)
}

/// A declared dependency.
pub(crate) fn dependency(dependency: &Dependency, profile: Profile) -> Value {
    let imports = dependency.import_values.iter().map(from_yaml).collect();
    let fields = vec![
        Field::required("Name", "name", Value::from(dependency.name.as_str())),
        text("Version", "version", &dependency.version),
        Field::required("Repository", "repository", Value::from(dependency.repository.as_str())),
        text("Condition", "condition", &dependency.condition),
        Field::optional("Tags", "tags", strings(&dependency.tags, profile)),
        Field::optional("Enabled", "enabled", Value::Bool(dependency.enabled)),
        Field::optional("ImportValues", "import-values", Value::list(imports)),
        text("Alias", "alias", &dependency.alias),
    ];
    build(("*chart.Dependency", "ptr"), fields, None, profile)
}

/// The items; in Helm 3 a field that is empty holds the nil slice.
fn list(items: Vec<Value>, profile: Profile) -> Value {
    match profile {
        Profile::Helm3 if items.is_empty() => Value::List(List::nil(Element::Interface)),
        _ => Value::list(items),
    }
}

fn annotations(metadata: &Metadata) -> Value {
    if metadata.annotations.is_empty() {
        return Value::Map(Map::nil(MapType::StringString));
    }
    let map = Map::new(MapType::StringString);
    for (key, value) in &metadata.annotations {
        map.insert(Text::from(key.as_str()), Value::from(value.as_str()));
    }
    Value::Map(map)
}

fn text(name: &'static str, key: &'static str, value: &str) -> Field {
    Field::optional(name, key, Value::from(value))
}

/// Helm 4 turns every slice into one of interfaces on the way to the map.
fn strings(items: &[String], profile: Profile) -> Value {
    let items = items.iter().map(String::as_str);
    match profile {
        Profile::Helm4 => Value::list(items.map(Value::from).collect()),
        Profile::Helm3 if items.len() == 0 => Value::List(List::nil(Element::String)),
        Profile::Helm3 => Value::strings(items),
    }
}

fn build(
    (type_name, kind_name): (&'static str, &'static str),
    fields: Vec<Field>,
    embedded: Option<&'static str>,
    profile: Profile,
) -> Value {
    if profile == Profile::Helm3 {
        let (methods, text) = (Vec::new(), None);
        let record = Record { type_name, kind_name, fields, methods, text, embedded };
        return Value::Object(Rc::new(record));
    }
    let map = Map::default();
    for field in fields {
        map.insert(Text::from(field.name), field.value);
    }
    Value::Map(map)
}
