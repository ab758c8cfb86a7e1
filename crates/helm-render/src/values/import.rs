//! `import-values`: defaults that a chart takes over from its sub-charts.

use super::defaults::fill;
use super::table::{self, Rule, put_under};
use super::working::Working;
use super::{ValuesError, from_yaml, path};
use gotemplate::{Map, Value};

/// Works out the defaults of every chart that has enabled dependencies, sub-charts first. Such a
/// chart's defaults hold those of its sub-charts from then on, whether it imports any or not.
pub(super) fn import(chart: &Working<'_>, warnings: &mut Vec<String>) -> Result<(), ValuesError> {
    for dependency in chart.dependencies() {
        import(&dependency, warnings)?;
    }
    let Some(declared) = chart.declared() else { return Ok(()) };
    let filled = fill(chart, None, Rule::Merge, warnings)?;
    let mut imported = Map::default();
    for dependency in declared {
        if dependency.is_imported.replace(true) {
            continue;
        }
        for wanted in &dependency.written.import_values {
            imported =
                import_one(dependency.name(), &from_yaml(wanted), &filled, imported, warnings);
        }
    }
    let own = table::copy(&filled);
    put_under(&own, &imported, "", Rule::Merge, warnings);
    chart.imported.replace(Some(own));
    Ok(())
}

/// Adds what one entry of `import-values` imports under what was imported before.
fn import_one(
    chart: &str,
    wanted: &Value,
    filled: &Map,
    imported: Map,
    warnings: &mut Vec<String>,
) -> Map {
    let (child, parent) = match wanted {
        Value::Map(pair) => (entry(pair, "child"), entry(pair, "parent")),
        Value::String(name) => (format!("exports.{name}"), ".".to_owned()),
        _ => return imported,
    };
    match path::table(filled, &format!("{chart}.{child}")) {
        Ok(found) => {
            let found = if found.is_empty() { Map::default() } else { found };
            put_under(&imported, &path::nest(&parent, found), "", Rule::Merge, warnings);
        }
        Err(reason) => {
            warnings.push(format!("ImportValues missing table from chart {chart}: {reason}"));
        }
    }
    imported
}

fn entry(pair: &Map, key: &str) -> String {
    table::show(&pair.get(key.as_bytes()).unwrap_or(Value::Nil))
}
