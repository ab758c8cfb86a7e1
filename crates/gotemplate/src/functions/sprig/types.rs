//! Functions that ask for a value's type, emptiness or equality, and choose between values.
//!
//! Owns sprig's notion of empty, which differs from a template's truth only for host objects.

use super::equality::deep_equal;
use super::signature::{fixed, rest, string, text, value, variadic};
use crate::functions::Function;
use crate::functions::Parameter::{Bool, Interface, String};
use crate::value::Value;

pub(super) const TABLE: &[Function] = &[
    fixed("typeOf", &[Interface], |_, a| Ok(string(value(a, 0).type_name()))),
    fixed("typeIs", &[String, Interface], |_, a| {
        Ok((text(a, 0) == value(a, 1).type_name().as_bytes()).into())
    }),
    fixed("typeIsLike", &[String, Interface], |_, a| {
        let name = value(a, 1).type_name();
        let target = name.strip_prefix('*').unwrap_or(name);
        Ok((text(a, 0) == name.as_bytes() || text(a, 0) == target.as_bytes()).into())
    }),
    fixed("kindOf", &[Interface], |_, a| Ok(string(value(a, 0).kind_name()))),
    fixed("kindIs", &[String, Interface], |_, a| {
        Ok((text(a, 0) == value(a, 1).kind_name().as_bytes()).into())
    }),
    fixed("deepEqual", &[Interface, Interface], |call, a| {
        call.spend_on(a)?;
        Ok(deep_equal(value(a, 0), value(a, 1)).into())
    }),
    variadic("default", &[Interface], Interface, |_, a| {
        Ok(value(a, usize::from(!is_empty(value(a, 1)))).clone())
    }),
    fixed("empty", &[Interface], |_, a| Ok(is_empty(value(a, 0)).into())),
    variadic("coalesce", &[], Interface, |_, a| {
        Ok(a.iter().find(|value| !is_empty(value)).cloned().unwrap_or(Value::Nil))
    }),
    variadic("all", &[], Interface, |_, a| Ok((!a.iter().any(is_empty)).into())),
    variadic("any", &[], Interface, |_, a| Ok((!a.iter().all(is_empty)).into())),
    fixed("ternary", &[Interface, Interface, Bool], |_, a| {
        Ok(value(a, usize::from(!value(a, 2).is_true())).clone())
    }),
    fixed("fail", &[String], |_, a| {
        Err(std::string::String::from_utf8_lossy(text(rest(a, 0), 0)).as_ref().into())
    }),
];

/// sprig's `empty`: nil, false, zero, or without items. A struct never is.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(object) => {
            matches!(object.kind_name(), "map" | "slice")
                && object.entries().is_some_and(|entries| entries.is_empty())
        }
        _ => !value.is_true(),
    }
}
