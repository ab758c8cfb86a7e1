//! `print`, `printf` and `println`.

use crate::execute::Call;
use crate::format::{sprint, sprintf_within, sprintln};
use crate::functions::Failure;
use crate::value::{Text, Value};

pub(super) fn print(call: &mut Call<'_>, values: &[Value]) -> Result<Value, Failure> {
    call.spend_on(values)?;
    Ok(Value::String(Text::from(sprint(values))))
}

pub(super) fn println(call: &mut Call<'_>, values: &[Value]) -> Result<Value, Failure> {
    call.spend_on(values)?;
    Ok(Value::String(Text::from(sprintln(values))))
}

pub(super) fn printf(call: &mut Call<'_>, values: &[Value]) -> Result<Value, Failure> {
    let Some((Value::String(format), operands)) = values.split_first() else {
        return Err(Failure::from("printf without a format"));
    };
    call.spend_on(values)?;
    let limit = usize::try_from(call.output_left()).unwrap_or(usize::MAX);
    match sprintf_within(format, operands, limit) {
        Some(text) => Ok(Value::String(Text::from(text))),
        None => Err(call.too_much_output()),
    }
}
